/** The runner under strace: which calls it makes, and what it opens how. */
import assert from 'node:assert/strict';
import { spawnSync } from 'node:child_process';
import { mkdirSync, symlinkSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import { test } from 'node:test';
import { loadTrace } from '../../../replay/strace/load.js';
import type { Call, Value } from '../../../replay/trace/model.js';
import { WARM } from '../binaries.js';
import { ENGINES, LOOKUP, READ, savePlan, scratch, unknownName } from './plans.js';

const dir = scratch();
const root = path.join(dir, 'root');
mkdirSync(path.join(root, 'sub'), { recursive: true });
for (let i = 0; i < 40; i++) writeFileSync(path.join(root, `file${i}`), 'x'.repeat(i * 1000));
symlinkSync('file1', path.join(root, 'link'));
const plan = savePlan(dir, [
  ...Array.from({ length: 40 }, (_, i) => ({ ...READ, path: `/file${i}`, execute: i % 7 === 0 })),
  { ...LOOKUP, path: '/sub', list: true }, { ...LOOKUP, path: '/link', readlink: true }, ...Array.from({ length: 60 }, () => unknownName('/')),
]);

/** What reads (0x1c3 is cachestat, which older straces do not know), what starts and ends threads and processes, what asks about them, memory, and waiting. */
const HARMLESS = new Set([
  ...'openat openat2 close read pread64 preadv2 readlink readlinkat statx newfstatat fstat fstatfs getdents64 fadvise64 cachestat syscall_0x1c3'.split(' '),
  ...'clone clone3 fork vfork execve exit exit_group wait4 set_robust_list set_tid_address rseq arch_prctl prctl getpid getppid gettid geteuid getrusage'.split(' '),
  ...'brk mmap munmap mprotect madvise getrandom prlimit64 getrlimit setrlimit sched_getaffinity sched_yield restart_syscall uname sysinfo'.split(' '),
  ...'rt_sigprocmask rt_sigaction rt_sigreturn sigaltstack pidfd_open close_range eventfd2 ppoll poll futex clock_gettime'.split(' '),
  ...'io_uring_setup io_uring_enter io_uring_register write'.split(' '),
]);
const WRITES = new Set(['O_WRONLY', 'O_RDWR', 'O_CREAT', 'O_TRUNC', 'O_TMPFILE', 'O_APPEND']);

function flagsOf(value: Value | undefined): readonly string[] {
  if (value?.type === 'flags') return value.names;
  if (value?.type === 'struct') return value.fields.flatMap((field) => flagsOf(field.value));
  return value?.type === 'change' ? flagsOf(value.before) : [];
}

function annotation(call: Call): string {
  const value = call.args()[0];
  return value.type === 'fd' ? Buffer.from(value.annotation).toString('latin1') : '';
}

const strace = spawnSync('strace', ['-qq', '-o', '/dev/null', 'true']).status === 0;
const skip = strace ? false : 'strace is missing, or may not trace here';

for (const engine of ENGINES) {
  test(`it only reads, through confined and non-blocking opens: ${engine}`, { skip }, async () => {
    const log = path.join(dir, `${engine}.strace`);
    const report = path.join(dir, `${engine}.json`);
    // With a command: what it does before the exec, and the warming beside it; the command is known to do nothing.
    const { status, stderr } = spawnSync('strace', ['-f', '-y', '-qq', '-v', '-s', '4096', '-e', 'signal=none', '-o', log, WARM, '--engine', engine, '--root', root,
      '--report', report, '--before', plan, '--', '/bin/true'], { encoding: 'utf8', timeout: 60_000 });
    assert.deepEqual([status, stderr], [0, '']);
    const trace = await loadTrace(log);
    let opens = 0;
    let execs = 0;
    for (const call of trace.calls()) {
      const where = `line ${call.line}: ${call.name}`;
      if (execs < 2) assert.ok(HARMLESS.has(call.name), where);
      if (call.name === 'execve') execs++;
      if (execs === 2 || call.ret === null || call.errno !== null) continue;
      const args = call.args();
      const text = (value: Value | undefined): string => (value?.type === 'string' ? Buffer.from(value.bytes).toString('latin1') : '');
      if (call.name === 'write') assert.match(annotation(call), /eventfd|\.json/, where);
      if (call.name === 'openat' && text(args[1]) !== report) {
        assert.ok(!flagsOf(args[2]).some((flag) => WRITES.has(flag)), where);
        if (annotation(call).startsWith('/proc/')) {
          opens++;
          for (const flag of ['O_RDONLY', 'O_NONBLOCK', 'O_NOCTTY', 'O_CLOEXEC']) assert.ok(flagsOf(args[2]).includes(flag), `${where} ${flag}`);
        }
      }
      if (call.name === 'openat2') {
        for (const flag of ['O_PATH', 'RESOLVE_NO_MAGICLINKS', 'RESOLVE_IN_ROOT']) assert.ok(flagsOf(args[2]).includes(flag), `${where} ${flag}`);
        assert.equal(annotation(call), root, where);
      }
    }
    assert.equal(execs, 2);
    if (engine === 'threads') assert.ok(opens >= 40, `${opens} opens were seen`);
  });
}
