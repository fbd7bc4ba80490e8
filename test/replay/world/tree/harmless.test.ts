/**
 * Proof of harmlessness: `run` under strace. Every call that changes something must lie inside the temporary
 * directory of the run, and whatever strace cannot see (requests of a ring) must come from inside the sandbox.
 */
import assert from 'node:assert/strict';
import { spawnSync } from 'node:child_process';
import fs from 'node:fs';
import path from 'node:path';
import { test } from 'node:test';
import { fileURLToPath } from 'node:url';
import { loadTrace } from '../../../../replay/strace/load.js';
import type { Call, Value } from '../../../../replay/trace/model.js';
import { treeDigest } from '../../../../replay/world/tree/digest.js';
import { scratch } from './scratch.js';

const ROOT = new URL('../../../../../', import.meta.url);
const MAIN = fileURLToPath(new URL('dist/src/cli/main.js', ROOT));
const FIXTURES = fileURLToPath(new URL('test/fixtures/traces/', ROOT));

const base = scratch();
const victim = path.join(base, 'victim');
/** The directory of the run's own files: TMPDIR. */
const own = path.join(base, 'tmp');
fs.mkdirSync(own);
fs.mkdirSync(victim);
for (const name of ['kept', 'kept2', 'kept3', 'kept4']) fs.writeFileSync(path.join(victim, name), 'untouched');

/** Changing calls: which arguments are paths, each behind its directory's argument or -1. */
const CHANGES: Readonly<Partial<Record<string, readonly (readonly [dir: number, path: number])[]>>> = {
  mkdir: [[-1, 0]], mkdirat: [[0, 1]], rmdir: [[-1, 0]], unlink: [[-1, 0]], unlinkat: [[0, 1]],
  rename: [[-1, 0], [-1, 1]], renameat: [[0, 1], [2, 3]], renameat2: [[0, 1], [2, 3]],
  link: [[-1, 0], [-1, 1]], linkat: [[0, 1], [2, 3]], symlink: [[-1, 1]], symlinkat: [[1, 2]],
  chmod: [[-1, 0]], fchmodat: [[0, 1]], chown: [[-1, 0]], lchown: [[-1, 0]], fchownat: [[0, 1]],
  truncate: [[-1, 0]], mknod: [[-1, 0]], mknodat: [[0, 1]],
  utime: [[-1, 0]], utimes: [[-1, 0]], futimesat: [[0, 1]], utimensat: [[0, 1]],
  setxattr: [[-1, 0]], lsetxattr: [[-1, 0]], removexattr: [[-1, 0]], lremovexattr: [[-1, 0]],
  mount: [[-1, 1]], umount2: [[-1, 0]], pivot_root: [[-1, 0], [-1, 1]],
};
const OPENS: Readonly<Partial<Record<string, number>>> = { open: 1, openat: 2, creat: -1 };
const WRITE_FLAGS = new Set(['O_WRONLY', 'O_RDWR', 'O_CREAT', 'O_TRUNC', 'O_TMPFILE']);
const FORKS = new Set(['clone', 'clone3', 'fork', 'vfork']);
const TRACED = [...Object.keys(CHANGES), ...Object.keys(OPENS), ...FORKS, 'openat2', 'chroot', 'io_uring_enter'];
/** Writing these changes no file: terminals, the user namespace of a child, the kernel's own counters. */
const HARMLESS = /^(?:\/dev\/(?:null|tty|pts\/\d+)|\/proc\/(?:self|\d+)\/(?:uid_map|gid_map|setgroups))$/;

/** Where a process stands: shared by threads (CLONE_FS), copied by fork. */
interface Standing {
  root: string | null;
  /** What its descriptors were opened as: deep directories are reached through /proc/self/fd. */
  readonly opened: Map<number, string>;
}

interface Audit {
  /** Calls that changed something where they must not. */
  readonly outside: string[];
  /** Changing calls seen: an audit that saw none proves nothing. */
  changes: number;
  /** Ring submissions from inside the sandbox. */
  submissions: number;
}

async function audit(log: string): Promise<Audit> {
  const trace = await loadTrace(log);
  const standings = new Map<number | null, Standing>();
  const found: Audit = { outside: [], changes: 0, submissions: 0 };
  for (const call of trace.calls()) {
    const standing = standings.get(call.pid) ?? { root: null, opened: new Map<number, string>() };
    standings.set(call.pid, standing);
    if (call.ret === null || call.errno !== null) continue;
    const args = call.args();
    if (FORKS.has(call.name)) {
      const shares = args.some((arg) => flagsOf(arg).includes('CLONE_FS'));
      standings.set(Number(call.ret), shares ? standing : { ...standing, opened: new Map(standing.opened) });
    } else if (call.name === 'chroot') {
      standing.root = textOf(args[0]) ?? 'unknown';
      if (!isOwn(standing.root)) found.outside.push(describe(call, standing.root));
    } else if (call.name === 'io_uring_enter') {
      if (Number(numberOf(args[1])) === 0) continue;
      if (standing.root === null) found.outside.push(describe(call, 'submitted outside of the sandbox'));
      found.submissions++;
    } else {
      const flags = OPENS[call.name];
      if (flags !== undefined) standing.opened.set(Number(call.ret), throughDescriptor(standing, openedPlace(flags, args)));
      for (const named of changedPlaces(call, args)) {
        const place = throughDescriptor(standing, named);
        found.changes++;
        if (standing.root === null && !isOwn(place) && !HARMLESS.test(place)) found.outside.push(describe(call, place));
      }
    }
  }
  return found;
}

/** Absolute paths of what the call created, changed or removed, or opened for that. */
function changedPlaces(call: Call, args: readonly Value[]): string[] {
  if (call.name === 'openat2') return ['openat2'];
  const flags = OPENS[call.name];
  if (flags !== undefined) {
    if (flags >= 0 && !flagsOf(args[flags]).some((flag) => WRITE_FLAGS.has(flag))) return [];
    return [openedPlace(flags, args)];
  }
  return (CHANGES[call.name] ?? []).map(([dir, at]) => placeOf(dir < 0 ? undefined : args[dir], args[at]));
}

function openedPlace(flags: number, args: readonly Value[]): string {
  return placeOf(flags === 2 ? args[0] : undefined, args[flags === 2 ? 1 : 0]);
}

function throughDescriptor(standing: Standing, place: string): string {
  const match = /^\/proc\/self\/fd\/(\d+)(\/.*)?$/.exec(place);
  const opened = match === null ? undefined : standing.opened.get(Number(match[1]));
  return opened === undefined ? place : opened + (match?.[2] ?? '');
}

function placeOf(dir: Value | undefined, name: Value | undefined): string {
  const text = textOf(name) ?? '';
  const from = dir?.type === 'fd' ? Buffer.from(dir.annotation).toString('latin1') : process.cwd();
  return path.resolve(from, text);
}

function textOf(value: Value | undefined): string | null {
  return value?.type === 'string' ? Buffer.from(value.bytes).toString('latin1') : null;
}

function numberOf(value: Value | undefined): number | bigint {
  return value?.type === 'number' ? value.value : -1;
}

/** Constants anywhere in an argument (clone3 has them in a struct, clone behind a name). */
function flagsOf(value: Value | undefined): string[] {
  if (value === undefined) return [];
  if (value.type === 'flags') return [...value.names];
  if (value.type === 'struct') return value.fields.flatMap((field) => flagsOf(field.value));
  if (value.type === 'change') return flagsOf(value.before);
  return 'text' in value ? [value.text] : [];
}

function isOwn(place: string): boolean {
  return place === own || place.startsWith(`${own}/`);
}

function describe(call: Call, what: string): string {
  return `line ${call.line}: ${call.name} ${what}`;
}

function hostileLog(): string {
  const up = '/..'.repeat(12);
  const deep = `/${'d'.repeat(200)}`.repeat(20);
  const lines = [
    `openat(AT_FDCWD, "${up}/etc/passwd", O_RDONLY) = 3`,
    `readlink("/evil", "${victim}", 4096) = ${victim.length}`,
    'openat(AT_FDCWD, "/evil/kept", O_WRONLY|O_CREAT|O_TRUNC, 0666) = 4',
    'write(4, "gotcha", 6) = 6',
    `symlink("..${up}${victim}", "/up") = 0`,
    'mkdir("/up/made", 0777) = 0',
    `unlink("${up}${victim}/kept2") = 0`,
    `rename("/evil/kept", "${up}${victim}/moved") = 0`,
    `openat(AT_FDCWD, "/proc/self/root${victim}/kept2", O_WRONLY|O_TRUNC) = 5`,
    'write(5, "gotcha", 6) = 6',
    `openat(AT_FDCWD, "/proc/self/cwd${up}${victim}/kept2", O_WRONLY|O_TRUNC) = 9`,
    `readlink("/proc/self/exe", "${up}${victim}/kept2", 4096) = ${up.length + victim.length + 6}`,
    'openat(AT_FDCWD, "/proc/self/exe", O_WRONLY|O_TRUNC) = 11',
    `readlink("/proc/thread-self", "${victim}", 4096) = ${victim.length}`,
    'openat(AT_FDCWD, "/proc/thread-self/kept", O_RDONLY) = 12',
    'ftruncate(12, 0) = 0',
    'unlink("/proc/thread-self/kept") = 0',
    'openat(AT_FDCWD, "/proc/self/fd", O_RDONLY|O_DIRECTORY) = 13',
    'openat(13, "4", O_WRONLY|O_TRUNC) = 14',
    'openat(AT_FDCWD, "/proc/sys/vm/drop_caches", O_WRONLY) = 15',
    'write(15, "3", 1) = 1',
    'mkdir("/sys/fs/cgroup/made", 0755) = 0',
    `openat(AT_FDCWD, "/sys/kernel/../..${victim}/kept3", O_WRONLY|O_TRUNC) = 16`,
    'chdir("/../..") = 0',
    `unlink("${victim.slice(1)}/kept3") = 0`,
    `symlink("${victim}", "/abs") = 0`,
    'chmod("/abs", 0777) = 0',
    'openat(AT_FDCWD, "/dev/sda", O_WRONLY) = 6',
    'write(6, "gotcha", 6) = 6',
    'mknod("/pipe", S_IFIFO|0644) = 0',
    'openat(AT_FDCWD, "/pipe", O_RDONLY) = 7',
    'openat(AT_FDCWD, "/otherpipe", O_RDONLY) = 8',
    'fstat(8, {st_mode=S_IFIFO|0644, st_size=0, ...}) = 0',
    `truncate("${victim}/kept4", 0) = 0`,
    `renameat2(AT_FDCWD, "${victim}/kept4", AT_FDCWD, "/abs", RENAME_EXCHANGE) = 0`,
    `renameat2(AT_FDCWD, "${up}${victim}", AT_FDCWD, "/evil", RENAME_EXCHANGE) = 0`,
    `openat(AT_FDCWD, "${up}${victim}/kept", O_RDWR) = 17`,
    'copy_file_range(17, [0], 17, [1000], 9, 0) = 9',
    `link("${victim}/kept4", "/hard") = 0`,
    `rmdir("${victim}/dir") = 0`,
    `mkdir("${deep}", 0777) = 0`,
    `openat(AT_FDCWD, "${'/.'.repeat(2030)}${up}/top", O_WRONLY|O_CREAT, 0666) = 10`,
  ];
  const file = path.join(base, 'hostile.strace');
  fs.writeFileSync(file, lines.map((line, i) => `7 1700000000.${String(i).padStart(6, '0')} ${line} <0.000010>\n`).join(''));
  return file;
}

const strace = spawnSync('strace', ['-qq', '-o', '/dev/null', 'true']).status === 0;
const skip = strace ? false : 'strace is missing, or may not trace here';
const fixtures = fs.readdirSync(FIXTURES).filter((name) => name.includes('.f-ttt-T.'));

for (const log of [...fixtures.map((name) => path.join(FIXTURES, name)), hostileLog()]) {
  test(`nothing outside the sandbox is changed: ${path.basename(log)}`, { skip }, async () => {
    const before = treeDigest(victim, { content: true });
    const traced = path.join(base, 'traced.strace');
    const known = TRACED.map((name) => `?${name}`).join(','); // `?`: not every architecture has every call
    const { status, stderr } = spawnSync(
      'strace',
      ['-f', '-y', '-qq', '--seccomp-bpf', '-ttt', '-T', '-s', '4096', '-e', `trace=${known}`, '-e', 'signal=none', '-o', traced,
        process.execPath, MAIN, 'run', log, '--rounds', '1', '--json', path.join(own, 'result.json')],
      { env: { ...process.env, TMPDIR: own }, encoding: 'utf8', timeout: 300_000 },
    );
    assert.ok(status === 0 || status === 1, stderr);
    const { outside, changes, submissions } = await audit(traced);
    assert.deepEqual(outside, []);
    assert.ok(changes > 10, 'the audit saw the sandbox being built');
    const result = JSON.parse(fs.readFileSync(path.join(own, 'result.json'), 'utf8')) as { arms: { engine: string }[]; warnings: { code: string }[] };
    if (result.arms.some(({ engine }) => engine === 'ring')) assert.ok(submissions > 0, 'the audit saw the rings');
    assert.ok(!result.warnings.some(({ code }) => code === 'tree-changed'));
    assert.equal(treeDigest(victim, { content: true }), before);
    assert.deepEqual(fs.readdirSync(own), ['result.json'], 'nothing is left behind');
  });
}
