/** One line (or a few) per peculiarity of strace's notation, versions 4.x to 7.2. */
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { traceOf } from '../../../replay/strace/load.js';
import { toJson } from '../../../replay/trace/json.js';
import type { Json } from '../../../replay/trace/json.js';
import type { Trace } from '../../../replay/trace/model.js';

const read = (log: string): Trace => traceOf(Buffer.from(log, 'latin1'), 'test');

interface Expected {
  readonly pid?: number | null;
  readonly time?: number | null;
  readonly name?: string;
  readonly ret?: number | bigint | null;
  readonly errno?: string | null;
  readonly duration?: number | null;
  readonly args?: Json;
}

/** The first call of the log has these properties, and everything is understood. */
function expectCall(log: string, expected: Expected, calls = 1): void {
  const trace = read(`${log}\n`);
  assert.deepEqual(trace.unrecognised, [], log);
  assert.equal(trace.length, calls, log);
  const call = trace.call(0);
  const { args, ...rest } = expected;
  for (const [key, value] of Object.entries(rest)) assert.equal(call[key as keyof typeof rest], value, `${key} of ${log}`);
  if (args !== undefined) assert.deepEqual(call.args().map(toJson), args, log);
}

test('line starts: pids', () => {
  expectCall('772   read(3, "", 1) = 0', { pid: 772, name: 'read', ret: 0, args: [3, '', 1] });
  expectCall('close(3) = 0', { pid: null, time: null });
  expectCall('[pid    75] close(3) = 0', { pid: 75, name: 'close' });
  expectCall('[pid 12345] close(3) = 0', { pid: 12345 });
  expectCall('9<my sh> close(3) = 0', { pid: 9, name: 'close', ret: 0 });
  expectCall('9<job--> getppid() = 4<job-->', { pid: 9, name: 'getppid', ret: 4 });
  expectCall('[pid  1234<a\\76b>] getpid() = 4', { pid: 1234, ret: 4 });
  expectCall('4194304 close(3) = 0', { pid: 4194304, time: null });
});

test('line starts: times', () => {
  expectCall('1795148237 close(3) = 0', { pid: null, time: 1795148237 });
  expectCall('9     1795148237 close(3) = 0', { pid: 9, time: 1795148237 });
  expectCall('9 17.5 (+     0.000022) close(3) = 0', { pid: 9, time: 17.5 });
  expectCall('16:30:00 close(3) = 0', { pid: null, time: 59400 });
  expectCall('8     04:18:30.628450 close(3) = 0 <0.000012>', { pid: 8, time: 15510.62845, duration: 0.000012 });
  expectCall('1700000000.123456 close(3) = 0', { pid: null, time: 1700000000.123456 });
  expectCall('1700000000.123456789 close(3) = 0', { time: 1700000000.1234567 });
  expectCall('[pid    75] 1700000000.123 close(3) = 0', { pid: 75, time: 1700000000.123 });
});

test('relative times add up, midnight adds a day', () => {
  const relative = read('     0.000000 close(3) = 0\n     0.500000 close(4) = 0\n     0.250000 close(5) = 0\n');
  assert.deepEqual([...relative.columns.time], [0, 0.5, 0.75]);
  const withPids = read('7          0.000000 close(3) = 0\n12345      1.500000 close(4) = 0\n');
  assert.deepEqual([...withPids.columns.time], [0, 1.5]);
  const night = read('23:59:59.900000 close(3) = 0\n00:00:00.100000 close(4) = 0\n');
  assert.deepEqual([...night.columns.time], [86399.9, 86400.1]);
  const clock = read('9     04:18:30 (+     0.000022) close(3) = 0\n');
  assert.equal(clock.call(0).time, 15510);
});

test('line starts: syscall number and instruction pointer', () => {
  expectCall('9 [   3] [00007f12a4bdb1c7] close(3) = 0', { pid: 9, name: 'close' });
  expectCall('[????????????????] close(3) = 0', { name: 'close', ret: 0 });
  expectCall('9 [00000000f7f0b549] close(3) = 0', { pid: 9, name: 'close' });
  expectCall('4935  04:18:30.628450 [  59] [00007f5fcea05ad7] execve("/x", NULL, NULL) = 0 <0.000261>', { pid: 4935, time: 15510.62845, duration: 0.000261 });
});

test('line starts: security contexts', () => {
  expectCall('9 [unconfined_u:unconfined_r:unconfined_t:s0-s0:c0.c1023] 12:00:00 [   3] close(3) = 0', { pid: 9, time: 43200, name: 'close' });
  expectCall('[unconfined_u:unconfined_r:unconfined_t:s0] close(3) = 0', { pid: null, name: 'close' });
});

test('durations of every precision', () => {
  expectCall('close(3) = 0 <0>', { duration: 0 });
  expectCall('close(3) = 0 <12>', { duration: 12 });
  expectCall('close(3) = 0 <0.000>', { duration: 0 });
  expectCall('close(3) = 0 <0.000000123>', { duration: 1.23e-7 });
  expectCall('read(3, "", 1) = -1 EAGAIN (Resource temporarily unavailable) <0.000002>', { errno: 'EAGAIN', ret: -1, duration: 2e-6 });
});

test('colour and carriage returns', () => {
  expectCall('\x1b[93mclose\x1b[0m(\x1b[95m3\x1b[0m)\x1b[0m = \x1b[92m0\x1b[0m', { name: 'close', ret: 0, args: [3] });
  expectCall('7 close(3) = 0 <0.000001>\r', { ret: 0, duration: 1e-6 });
});

test('split calls', () => {
  expectCall('7 read(3,  <unfinished ...>\n8 close(4) = 0\n7 <... read resumed>"", 9) = 0', { args: [3, '', 9], ret: 0 }, 2);
  expectCall('7 read(3,  <unfinished ...>\n8 close(4) = 0\n7 <... read resumed> "a", 1) = 1', { args: [3, 'a', 1], ret: 1 }, 2);
  expectCall('7 nanosleep({tv_sec=1, tv_nsec=0},  <unfinished ...>\n7 <... nanosleep resumed> <unfinished ...>) = ?', {
    args: [{ struct: { tv_sec: 1, tv_nsec: 0 } }], ret: null, name: 'nanosleep',
  });
  expectCall('7 read(3,  <unfinished ...>\n8 getpid() = 8\n7 <... read resumed> <unfinished ...>\n8 getpid() = 8\n7 <... read resumed>"x", 1) = 1', { args: [3, 'x', 1] }, 3);
  expectCall('7 <... read resumed>"x", 1) = 1', { name: 'read', ret: 1, args: [{ text: '...' }, 'x', 1] });
  expectCall('7 restart_syscall(<... resuming interrupted poll ...>) = 0', { name: 'restart_syscall', ret: 0, args: [{ text: '<... resuming interrupted poll ...>' }] });
  expectCall('7 nanosleep({tv_sec=1, tv_nsec=0},  <detached ...>', { name: 'nanosleep', ret: null });
  expectCall('7 ???( <unfinished ...>\n8 getpid() = 8\n7 <... ??? resumed>) = ?', { name: '???', ret: null }, 2);
  expectCall('7 ???( <unfinished ...>\n8 getpid() = 8\n7 +++ exited with 1 +++', { name: '???', ret: null }, 2);
  expectCall('7 clone3({flags=CLONE_VM}, 88 <unfinished ...>\n8 getpid() = 8\n7 <... clone3 resumed> => {parent_tid=[8]}, 88) = 8', { ret: 8 }, 2);
  expectCall('clone(flags=SIGCHLD <unfinished ...>) = ?', { ret: null, args: [{ flags: ['SIGCHLD'] }] });
});

test('exec by a thread that is not the leader', () => {
  const changed = read(
    '7 futex(0x1, FUTEX_WAIT, 2, NULL <unfinished ...>\n8 execve("x", ["x"], 0x1 /* 5 vars */ <pid changed to 7 ...>\n' +
      '7 +++ superseded by execve in pid 8 +++\n7 <... execve resumed>) = 0\n7 brk(NULL) = 0x55\n',
  );
  assert.deepEqual(changed.unrecognised, []);
  assert.deepEqual([...changed.calls()].map(({ name, line, lineEnd, ret }) => [name, line, lineEnd, ret]), [['futex', 1, 1, null], ['execve', 2, 4, 0], ['brk', 5, 5, 0x55]]);
  const unfinished = read(
    '8 execve("x", ["x"], 0x1 /* 5 vars */ <unfinished ...>\n7 <... rt_sigsuspend resumed>) = ?\n' +
      '7 +++ superseded by execve in pid 8 +++\n7 <... execve resumed>) = 0\n',
  );
  assert.deepEqual([...unfinished.calls()].map(({ name, line, lineEnd }) => [name, line, lineEnd]), [['execve', 1, 4], ['rt_sigsuspend', 2, 2]]);
});

test("strace's own messages inside a call", () => {
  expectCall('clone(flags=SIGCHLDstrace: Process 9 attached\n, child_tidptr=0x1) = 9', { ret: 9, args: [{ flags: ['SIGCHLD'] }, 1] });
  expectCall('clone(flags=SIGCHLD/usr/bin/strace: Process 9 attached\n, child_tidptr=0x1) = 9', { args: [{ flags: ['SIGCHLD'] }, 1] });
  expectCall('[pid 8] vfork(strace: Process 9 attached\n <unfinished ...>\n[pid 9] getpid() = 9\n[pid 8] <... vfork resumed>) = 9', { name: 'vfork', pid: 8, ret: 9, args: [] }, 2);
  expectCall('open("/opt/strace: Process 9 attached", O_RDONLY) = 3', { args: ['/opt/strace: Process 9 attached', { flags: ['O_RDONLY'] }] });
  expectCall('rt_sigaction(SIGCHLD, {sa_handler=SIG_DFL}, ./strace: Process 5 attached\n{sa_handler=SIG_IGN}, 8) = 0', {
    args: [{ flags: ['SIGCHLD'] }, { struct: { sa_handler: { flags: ['SIG_DFL'] } } }, { struct: { sa_handler: { flags: ['SIG_IGN'] } } }, 8],
  });
});

test("the program's own output inside a call", () => {
  expectCall('write(2, "\\n", 1\n) = 1', { args: [2, '\n', 1], ret: 1 });
  expectCall('write(1, "hi\\n", 3hi\n) = 3', { args: [1, 'hi\n', 3], ret: 3 });
  expectCall('write(1, "3\\n", 23\n) = 2', { args: [1, '3\n', 2] });
  expectCall('write(1, "abc", 3abc) = 3', { args: [1, 'abc', 3], ret: 3 });
  const lines = read('write(1, "a\\nb\\nc\\n", 6a\nb\nc\n) = 6\nexit_group(0) = ?\n');
  assert.deepEqual(lines.kinds, { call: 3, output: 2 });
  assert.deepEqual(lines.call(0).args().map(toJson), [1, 'a\nb\nc\n', 6]);
  expectCall('wait4(-1, cat: /nope: No such file or directory\n[{WIFEXITED(s) && WEXITSTATUS(s) == 1}], 0, NULL) = 9', { ret: 9 });
});

test('the rest of an unfinished call without its leader (strace -z)', () => {
  expectCall('7 read(3,  <unfinished ...>\n"", 4096) = 0', { args: [3, '', 4096], ret: 0 });
  expectCall('7 openat(AT_FDCWD, "/x", O_RDONLY <unfinished ...>\n)     = 12', { ret: 12 });
});

test('results', () => {
  expectCall('exit_group(0) = ?', { ret: null, errno: null });
  expectCall('pause() = ? ERESTARTNOHAND (To be restarted if no handler)', { ret: null, errno: 'ERESTARTNOHAND' });
  expectCall('nanosleep({tv_sec=1, tv_nsec=0}, NULL) = ? ERESTART_RESTARTBLOCK (Interrupted by signal) <0.5>', { ret: null, errno: 'ERESTART_RESTARTBLOCK', duration: 0.5 });
  expectCall('open("x", O_RDONLY) = -1 ENOENT (No such file or directory)', { ret: -1, errno: 'ENOENT' });
  expectCall('foo(1) = -1 (errno 524)', { ret: -1, errno: null });
  expectCall('brk(NULL) = 0x55afd0ea8000', { ret: 0x55afd0ea8000 });
  expectCall('mmap(NULL, 1) = 0xffffffffffffffff', { ret: 0xffffffffffffffffn });
  expectCall('umask(022) = 077', { ret: 63, args: [18] });
  expectCall('openat(AT_FDCWD, "x", O_RDONLY) = 3</tmp/x>', { ret: 3 });
  expectCall('openat(AT_FDCWD, "x", O_RDONLY) = 3</tmp/x) = 5> <0.000001>', { ret: 3, duration: 1e-6 });
  expectCall('openat(AT_FDCWD, "x", O_TMPFILE) = 3</tmp/#12>(deleted)', { ret: 3 });
  expectCall('select(4, [3], NULL, NULL, {tv_sec=1, tv_usec=0}) = 1 (in [3], left {tv_sec=0, tv_usec=9})', { ret: 1, errno: null });
  expectCall('fcntl(3, F_GETFL) = 0x8000 (flags O_RDONLY|O_LARGEFILE)', { ret: 0x8000 });
  expectCall('open("x", O_RDONLY) = -1 EPERM (Operation not permitted) (INJECTED)', { ret: -1, errno: 'EPERM' });
  expectCall('close(3) = 0 (DELAYED)', { ret: 0 });
  expectCall('poll([{fd=3</a ) = 1>, events=POLLIN}], 1, 0) = 0 (Timeout)', { ret: 0 });
  expectCall('ioprio_get(1, 0) = 4 (IOPRIO_PRIO_VALUE(IOPRIO_CLASS_NONE, 4))', { ret: 4 });
  expectCall("getpid() = 8<sh> /* 2 in strace's PID NS */", { ret: 8 });
  expectCall('read(3, "x", 1) = ? <unavailable>', { ret: null });
  expectCall('????(= ? <unavailable>', { name: '????', ret: null });
  expectCall('16820 ????( <unavailable>)= ? <unavailable>', { name: '????', ret: null, pid: 16820 });
  expectCall('7 read(3, 0x1, 1 <Cannot restart pid 7 with ptrace(PTRACE_SYSCALL): No such process>', { name: 'read', ret: null });
  expectCall('openat(AT_FDCWD, "x" [system_u:object_r:etc_t:s0], O_RDONLY) = 3</x> [system_u:object_r:etc_t:s0]', { ret: 3 });
});

test('arguments that hold what delimits them', () => {
  expectCall('write(1, "f(x) = 3 <0.1>", 14) = 14', { ret: 14, duration: null, args: [1, 'f(x) = 3 <0.1>', 14] });
  expectCall('wait4(-1, [{WIFEXITED(s) && WEXITSTATUS(s) == 0}], 0, NULL) = 7', {
    ret: 7, args: [-1, [{ struct: [{ text: 'WIFEXITED(s) && WEXITSTATUS(s) == 0' }] }], 0, null],
  });
  expectCall('capset({version=1}, {effective=1<<CAP_KILL|1<<CAP_CHOWN}) = 0', {
    args: [{ struct: { version: 1 } }, { struct: { effective: { flags: ['1<<CAP_KILL', '1<<CAP_CHOWN'] } } }],
  });
  expectCall('close(3</a ) = -1 \\74b\\76>) = 0', { ret: 0, errno: null, args: [{ fd: 3, path: '/a ) = -1 <b>' }] });
  expectCall('ioctl(0</dev/ptmx<char 5:2 @/dev/pts/0>>, TCGETS) = 0', { args: [{ fd: 0, path: '/dev/ptmx<char 5:2 @/dev/pts/0>' }, { flags: ['TCGETS'] }] });
  expectCall('close(9</tmp/a>(deleted)) = 0', { args: [{ fd: 9, path: '/tmp/a', deleted: true }] });
  expectCall('dup2(4<TCP:[1.1.1.1:1->2.2.2.2:2]>, 5</x->) = 5</x->', {
    ret: 5, args: [{ fd: 4, path: 'TCP:[1.1.1.1:1->2.2.2.2:2]' }, { fd: 5, path: '/x-' }],
  });
  expectCall('close(4<UNIX-STREAM:[12->34,"/tmp/]>"]>) = 0', { args: [{ fd: 4, path: 'UNIX-STREAM:[12->34,"/tmp/]>"]' }] });
  expectCall('close(4<TCPv6:[[::1]:80->[::2]:81]>) = 0', { args: [{ fd: 4, path: 'TCPv6:[[::1]:80->[::2]:81]' }] });
  expectCall('openat(AT_FDCWD</home>, "x", O_RDONLY) = 3', { args: [{ fd: 'AT_FDCWD', path: '/home' }, 'x', { flags: ['O_RDONLY'] }] });
});

test('comments, also nested', () => {
  expectCall('execve("/x", ["x"], 0x7ffe /* 39 vars */) = 0', { args: ['/x', ['x'], { value: 0x7ffe, comment: '39 vars' }] });
  expectCall('quotactl(QCMD(0x1 /* Q_??? */, 0xff /* ???QUOTA */), NULL) = -1 EINVAL (Invalid argument)', { errno: 'EINVAL' });
  expectCall('foo(0x1 /* QCMD(X, 0xff /* ???Q */) */, 2) = 0', { args: [{ value: 1, comment: 'QCMD(X, 0xff /* ???Q */)' }, 2] });
  expectCall('openat(-100 /* AT_FDCWD */, "x", 0 /* O_RDONLY */) = 3', { args: [{ value: -100, comment: 'AT_FDCWD' }, 'x', { value: 0, comment: 'O_RDONLY' }] });
  expectCall('openat(-100 /* AT_FDCWD */</home>, "x", 0) = 3', { args: [{ fd: 'AT_FDCWD', path: '/home' }, 'x', 0] });
  expectCall('clone(flags=0x1 /* A */|17 /* SIGCHLD */, x=0) = 3', { args: [{ value: { flags: ['0x1', '17'] }, comment: 'A|SIGCHLD' }, 0] });
  expectCall('execve("/bin/x", ["x"], [/* 9 vars */]) = 0', { args: ['/bin/x', ['x'], [{ value: { text: '' }, comment: '9 vars' }]] });
});

test('in and out, sets, truncation, escapes', () => {
  expectCall('getsockname(3, NULL, [16 => 2]) = 0', { args: [3, null, [{ before: 16, after: 2 }]] });
  expectCall('clone3({flags=A} => {parent_tid=[9]}, 88) = 9', { args: [{ before: { struct: { flags: { flags: ['A'] } } }, after: { struct: { parent_tid: [9] } } }, 88] });
  expectCall('rt_sigprocmask(SIG_SETMASK, ~[RTMIN RT_1], NULL, 8) = 0', { args: [{ flags: ['SIG_SETMASK'] }, { set: [{ flags: ['RTMIN'] }, { flags: ['RT_1'] }], negated: true }, null, 8] });
  expectCall('select(5, [3 4], NULL, NULL, NULL) = 0', { args: [5, { set: [3, 4] }, null, null, null] });
  expectCall('read(3, "abc"..., 99) = 99', { args: [3, { string: 'abc', truncated: true }, 99] });
  expectCall('bind(3, {sa_family=AF_UNIX, sun_path=@"x"}, 4) = 0', { args: [3, { struct: { sa_family: { flags: ['AF_UNIX'] }, sun_path: { string: 'x', abstract: true } } }, 4] });
  expectCall('write(1, "\\0a\\1777\\n\\"\\\\", 7) = 7', { args: [1, '\0a\x7f7\n"\\', 7] });
  expectCall('write(1, "\\x61\\x00", 2) = 2', { args: [1, 'a\0', 2] });
  expectCall('write(1, "\\303\\251\\377", 3) = 3', { args: [1, { bytes: 'w6n/' }, 3] });
  expectCall('write(1, "\\303\\251", 2) = 2', { args: [1, '\u00e9', 2] });
  expectCall('execve("/x", ["a", ...], NULL) = 0', { args: ['/x', { array: ['a'], truncated: true }, null] });
  expectCall('fstat(3, {st_mode=S_IFREG|0644, st_rdev=makedev(0x5, 0), ...}) = 0', {
    args: [3, { struct: { st_mode: { flags: ['S_IFREG', '0644'] }, st_rdev: { macro: 'makedev', args: [5, 0] } }, truncated: true }],
  });
  expectCall('close(fd=3) = 0', { args: [3] });
  expectCall('ioctl(3, TCGETS or SNDCTL_TMR_TIMEBASE, 0x1) = 0', { args: [3, { flags: ['TCGETS', 'SNDCTL_TMR_TIMEBASE'] }, 1] });
  expectCall('prlimit64(0, RLIMIT_STACK, NULL, {rlim_cur=8192*1024, rlim_max=RLIM64_INFINITY}) = 0', {
    args: [0, { flags: ['RLIMIT_STACK'] }, null, { struct: { rlim_cur: { text: '8192*1024' }, rlim_max: { flags: ['RLIM64_INFINITY'] } } }],
  });
  expectCall('ioctl(3, TCGETS, {c_cc[VMIN]=1, c_line=N_TTY}) = 0', { args: [3, { flags: ['TCGETS'] }, { struct: { 'c_cc[VMIN]': 1, c_line: { flags: ['N_TTY'] } } }] });
  expectCall('poll([0</a]=b>, 1</]=\\0>], 2) = 0', { args: [[{ fd: 0, path: '/a]=b' }, { fd: 1, path: '/]=\0' }], 2] });
  expectCall('getsockopt(3, SOL_SOCKET, SO_MEMINFO, [[SK_A] = 0, [0x1] = 2], [8]) = 0', {
    args: [3, { flags: ['SOL_SOCKET'] }, { flags: ['SO_MEMINFO'] }, [{ struct: { '[SK_A]': 0 } }, { struct: { '[0x1]': 2 } }], [8]],
  });
  expectCall("ioctl(3, VIDIOC_S_FMT, {pixelformat=v4l2_fourcc('Y', '(', '\\x22', '\"')}) = 0", { name: 'ioctl', ret: 0 });
  expectCall('statx(-100, "/", |0x800, 0x2, 0x1) = 0', { args: [-100, '/', 0x800, 2, 1] });
  expectCall('foo(18446744073709551615, -9223372036854775808) = 0', { args: ['18446744073709551615', '-9223372036854775808'] });
});

test('strace 4.x', () => {
  expectCall('execve("/bin/x", ["x"], [/* 9 vars */]) = 0', { name: 'execve', ret: 0 });
  expectCall('open("/etc/passwd", O_RDONLY) = 3', { name: 'open' });
  expectCall('stat64("/x", 0xbf) = -1 ENOENT (No such file or directory)', { name: 'stat64', errno: 'ENOENT' });
  expectCall('_llseek(3, 0, [0], SEEK_SET) = 0', { name: '_llseek', args: [3, 0, [0], { flags: ['SEEK_SET'] }] });
  expectCall('16821 open("/x", O_RDONLY <unfinished ...>\n16820 getpid() = 1\n16821 <... open resumed> )              = 3', { name: 'open', ret: 3 }, 2);
});

test('lines that are no calls', () => {
  const log = [
    '7 --- SIGCHLD {si_signo=SIGCHLD, si_code=CLD_EXITED} ---', '--- SIGCHLD (Child exited) @ 0 (0) ---', '--- stopped by SIGSTOP ---',
    '7 +++ exited with 0 +++', '+++ killed by SIGSEGV (core dumped) +++', 'strace: Process 7 attached', 'Process 7 attached',
    '/opt/my dir/strace: Process 7 detached', '[ Process PID=7 runs in 32 bit mode. ]', '',
    'read(3, "a", 1) = 1', ' | 00000  61                                                a                |', ' * 3 bytes in buffer 0',
    ' > /lib/libc.so.6(read+0x1) [0x2]', ' > unexpected_backtracing_error [0x0]', 'VCPU:0> {exit_reason=KVM_EXIT_IO}',
  ].join('\n');
  const trace = read(log);
  assert.deepEqual(trace.kinds, { call: 1, signal: 3, exit: 1, killed: 1, note: 5, hexdump: 2, stack: 2, blank: 1 });
  assert.deepEqual(trace.unrecognised, []);
  assert.equal(trace.lines, 16);
  const texts = [...trace.events()].map(({ text }) => Buffer.from(text).toString());
  assert.equal(texts[0], '--- SIGCHLD {si_signo=SIGCHLD, si_code=CLD_EXITED} ---');
});

test('the drawing of --tips is a note', () => {
  const trace = read('close(3) = 0\n+++ exited with 0 +++\n  ______________________________________________         ____\n /                                              \\       /    \\\n | Text                                         |      |-. .-.|\n \\______________________________________________/      /   |\n                                                     "-"\n');
  assert.deepEqual(trace.kinds, { call: 1, exit: 1, note: 5 });
});

test('a line that is not understood is kept, counted and located', () => {
  const trace = read('7 close(3) = 0\nSegmentation fault\n7 close(4) = 0\nhello world\n');
  assert.deepEqual(trace.kinds, { call: 2, unrecognised: 2 });
  assert.deepEqual(trace.unrecognised.map(({ count, firstLine }) => [count, firstLine]), [[2, 2]]);
  assert.deepEqual([...trace.events()].map(({ text }) => Buffer.from(text).toString()), ['Segmentation fault', 'hello world']);
});
