import assert from 'node:assert/strict';
import { fileURLToPath } from 'node:url';
import { test } from 'node:test';
import fc from 'fast-check';
import { UringReplayError } from '../../../replay/errors.js';
import { loadTrace, traceOf } from '../../../replay/strace/load.js';
import { compileWarmPlan, type WarmPlan } from '../../../replay/warm/compile.js';
import { decodeWarmPlan, encodeWarmPlan } from '../../../replay/warm/encode.js';
import { TYPES, type WarmRecord } from '../../../replay/warm/format.js';

const plan = (...logs: string[]): WarmPlan => compileWarmPlan(logs.map((log) => traceOf(Buffer.from(log, 'latin1'), 'test.strace')), '/home/me');
const of = (log: string, path: string): WarmRecord => {
  const found = plan(log).records.find((record) => record.path === path);
  assert.ok(found, `${path} is in the plan`);
  return found;
};
const pathsOf = (compiled: WarmPlan): string[] => compiled.records.map(({ path }) => path);

test('lookups that find and lookups that miss, in the order of first use, each once', () => {
  const compiled = plan(`
execve("/usr/bin/prog", ["prog"], 0x7ffd /* 3 vars */) = 0
access("/etc/ld.so.preload", R_OK) = -1 ENOENT (No such file or directory)
stat("/b", {st_mode=S_IFREG|0644, st_size=5, ...}) = 0
newfstatat(AT_FDCWD, "/a//x/./y", {st_mode=S_IFDIR|0755, st_size=4096, ...}, 0) = 0
stat("/b", {st_mode=S_IFREG|0644, st_size=5, ...}) = 0
access("/etc/ld.so.preload", R_OK) = -1 ENOENT (No such file or directory)
`);
  assert.deepEqual(compiled.records.map(({ path, type, size, execute }) => [path, type, size, execute]), [
    ['/usr/bin/prog', 'file', null, true], ['/etc/ld.so.preload', 'absent', null, false], ['/b', 'file', 5, false], ['/a/x/y', 'directory', null, false],
  ]);
});

test('reads and maps become ranges: cursors, seeks, duplicates, descriptors that a fork shares', () => {
  const log = `
10 openat(AT_FDCWD, "/lib", O_RDONLY) = 3
10 read(3, "ELF"..., 832) = 832
10 pread64(3, "x"..., 100, 500000) = 100
10 mmap(NULL, 20000, PROT_READ, MAP_PRIVATE, 3, 0x200000) = 0x7f0000000000
10 dup(3) = 4
10 clone(child_stack=NULL, flags=SIGCHLD) = 11
11 lseek(4, 1000000, SEEK_SET) = 1000000
11 read(3, "y"..., 50) = 50
10 read(4, "z"..., 50) = 50
10 mmap(NULL, 4096, PROT_READ, MAP_PRIVATE|MAP_ANONYMOUS, -1, 0) = 0x7f0000001000
`;
  assert.deepEqual(of(log, '/lib').ranges, [
    { offset: 0, bytes: 832 }, { offset: 500_000, bytes: 100 }, { offset: 1_000_000, bytes: 100 }, { offset: 0x200000, bytes: 20_000 },
  ]);
});

test('listings, links, and what a link is not followed for', () => {
  const log = `
openat(AT_FDCWD, "/dir", O_RDONLY|O_DIRECTORY) = 3
getdents64(3, 0x55 /* 4 entries */, 32768) = 112
getdents64(3, 0x55 /* 0 entries */, 32768) = 0
readlink("/link", "target", 100) = 6
lstat("/plain", {st_mode=S_IFREG|0644, st_size=7, ...}) = 0
lstat("/both", {st_mode=S_IFLNK|0777, st_size=3, ...}) = 0
stat("/both", {st_mode=S_IFREG|0644, st_size=9, ...}) = 0
`;
  assert.deepEqual([of(log, '/dir').list, of(log, '/dir').type], [true, 'directory']);
  assert.deepEqual([of(log, '/link').readlink, of(log, '/link').noFollow, of(log, '/link').type], [true, true, 'symlink']);
  assert.deepEqual([of(log, '/plain').noFollow, of(log, '/plain').size], [true, 7]);
  assert.deepEqual([of(log, '/both').noFollow, of(log, '/both').type, of(log, '/both').size], [false, 'file', 9]);
});

test('relative paths: by descriptor, by chdir, from where it started', () => {
  assert.deepEqual(pathsOf(plan(`
stat("first", {st_mode=S_IFREG|0644, st_size=5, ...}) = 0
openat(AT_FDCWD, "/etc", O_RDONLY|O_DIRECTORY) = 3
openat(3, "passwd", O_RDONLY) = 4
chdir("/var/lib") = 0
stat("../x", 0x7ffd) = -1 ENOENT (No such file or directory)
`)).sort(), ['/etc', '/etc/passwd', '/home/me/first', '/var/lib', '/var/lib/../x'].sort());
  assert.ok(pathsOf(plan('getcwd("/srv", 99) = 5\nstat("first", 0x7ffd) = -1 ENOENT (No such file or directory)\n')).includes('/srv/first'));
});

test('what the program itself made or wrote is left out, and counted', () => {
  const compiled = plan(`
stat("/tmp", {st_mode=S_IFDIR|0755, st_size=4096, ...}) = 0
openat(AT_FDCWD, "/tmp/made", O_RDWR|O_CREAT|O_EXCL, 0600) = 3
write(3, "abc", 3) = 3
pread64(3, "abc", 3, 0) = 3
close(3) = 0
stat("/tmp/made", {st_mode=S_IFREG|0600, st_size=3, ...}) = 0
openat(AT_FDCWD, "/tmp/made", O_RDONLY) = 3
read(3, "abc", 100) = 3
`);
  assert.deepEqual([...compiled.own], ['/tmp/made']);
  const made = compiled.records.find(({ path }) => path === '/tmp/made');
  assert.deepEqual([made?.open ?? false, made?.ranges ?? []], [false, []]);
});

test('/proc, /sys and /dev are left out, with the reason', () => {
  const compiled = plan('openat(AT_FDCWD, "/proc/self/maps", O_RDONLY) = 3\nread(3, "x", 1) = 1\nopenat(AT_FDCWD, "/dev/null", O_RDWR) = 4\nstat("/sys", {st_mode=S_IFDIR|0755}) = 0\n');
  assert.deepEqual(pathsOf(compiled), []);
  assert.ok((compiled.skipped.device ?? 0) >= 3);
});

test('several logs make one plan with what any of them touched', () => {
  const compiled = plan(
    'openat(AT_FDCWD, "/a", O_RDONLY) = 3\nread(3, "x", 10) = 10\nstat("/only1", 0x7) = -1 ENOENT (No such file or directory)\n',
    'stat("/only2", 0x7) = -1 ENOENT (No such file or directory)\nopenat(AT_FDCWD, "/a", O_RDONLY) = 3\npread64(3, "x", 10, 999999) = 10\n',
  );
  assert.deepEqual(pathsOf(compiled), ['/a', '/only1', '/only2']);
  assert.deepEqual(compiled.records[0].ranges, [{ offset: 0, bytes: 10 }, { offset: 999_999, bytes: 10 }]);
  assert.equal(compiled.calls, 6);
});

test('a path longer than PATH_MAX is left out, and named', () => {
  const long = `/${'d/'.repeat(2100)}x`;
  const compiled = plan(`stat("${long}", 0x7) = -1 ENAMETOOLONG (File name too long)\nstat("${long}", 0x7) = -1 ENOENT (No such file or directory)\n`);
  assert.deepEqual([pathsOf(compiled), [...compiled.unfit]], [[], [long]]);
});

test('real start-ups: what they read is in the plan', async () => {
  const fixture = (name: string): string => fileURLToPath(new URL(`../../../../test/fixtures/${name}`, import.meta.url));
  const compiled = compileWarmPlan([await loadTrace(fixture('python-startup.strace')), await loadTrace(fixture('traces/ruby.f-ttt-T.strace.gz'))], '/');
  assert.ok(compiled.records.length > 200);
  for (const test of [
    (r: WarmRecord) => r.execute, (r: WarmRecord) => r.list, (r: WarmRecord) => r.type === 'absent', (r: WarmRecord) => r.path.endsWith('/libc.so.6') && r.ranges.length > 0,
  ]) assert.ok(compiled.records.some(test), test.toString());
  assert.deepEqual(decodeWarmPlan(compiled.bytes), compiled.records);
});

const record: fc.Arbitrary<WarmRecord> = fc.record({
  path: fc.uint8Array({ min: 1, maxLength: 40 }).map((name) => `/${Buffer.from(name).toString('latin1')}`),
  noFollow: fc.boolean(), open: fc.boolean(), list: fc.boolean(), readlink: fc.boolean(), execute: fc.boolean(),
  ranges: fc.array(fc.record({ offset: fc.maxSafeNat(), bytes: fc.maxSafeNat() }, { noNullPrototype: true }), { maxLength: 4 }),
  type: fc.constantFrom(...TYPES),
  size: fc.option(fc.maxSafeNat()),
}, { noNullPrototype: true });

test('property: a plan read back is the plan written', () => {
  fc.assert(fc.property(fc.array(record, { maxLength: 30 }), (records) => {
    assert.deepEqual(decodeWarmPlan(encodeWarmPlan(records)), records);
  }));
});

test('property: a plan with bytes changed is read or refused, with a typed error', () => {
  const bytes = encodeWarmPlan(fc.sample(record, { numRuns: 10, seed: 7 }));
  fc.assert(fc.property(fc.array(fc.tuple(fc.nat(bytes.length - 1), fc.nat(255)), { minLength: 1, maxLength: 5 }), fc.nat(bytes.length), (changes, length) => {
    const changed = Uint8Array.from(bytes).subarray(0, changes.length % 2 === 0 ? length : bytes.length);
    for (const [at, value] of changes) if (at < changed.length) changed[at] = value;
    try {
      decodeWarmPlan(changed);
    } catch (error) {
      assert.ok(error instanceof UringReplayError && error.code === 'UR_BAD_PLAN', String(error));
    }
  }), { numRuns: 2000 });
});

test('before all else, who interprets the programs, each once; no log says who', () => {
  const interpreters: Record<string, string> = { '/app': '/bin/sh', '/bin/sh': '/lib64/ld.so', '/bin/cat': '/lib64/ld.so', '/loop': '/loop' };
  const log = ['/app', '/bin/cat', '/loop', '/static'].map((path) => `execve("${path}", ["x"], 0x7ffd /* 3 vars */) = 0\n`).join('');
  const compiled = compileWarmPlan([traceOf(Buffer.from(log), 'test.strace')], '/', (program) => interpreters[program] ?? null);
  assert.deepEqual(pathsOf(compiled), ['/bin/sh', '/lib64/ld.so', '/app', '/bin/cat', '/loop', '/static']);
  assert.ok(compiled.records.every(({ execute }) => execute));
});
