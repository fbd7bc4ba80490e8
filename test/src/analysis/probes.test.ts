import assert from 'node:assert/strict';
import { readFile } from 'node:fs/promises';
import test from 'node:test';
import fc from 'fast-check';
import { analyse } from '../../../src/analysis/analyse.js';
import { Probes, type ProbesResult } from '../../../src/analysis/probes.js';
import { probesJson, probesText, probesTsv } from '../../../src/report/probes-text.js';
import { callLines, fixture, over } from './logs.js';
import type { Probe } from '../../../src/analysis/search.js';

async function probesOf(name: string): Promise<ProbesResult> {
  const probes = new Probes();
  await analyse(fixture(name), [probes]);
  return probes.result();
}

function sought(result: ProbesResult, name: string): Probe {
  const found = result.probes.find((probe) => probe.sought === name);
  assert.ok(found, `no search for ${name} among ${result.probes.map((p) => p.sought).join(', ')}`);
  return found;
}

const places = (probe: Probe): string[] => probe.directories.map((d) => d.path);

test('Ruby: a library sought along $LOAD_PATH', async () => {
  const probe = sought(await probesOf('ruby'), 'enc/encdb.so');
  assert.equal(probe.rule?.id, 'ruby');
  assert.equal(probe.missesBeforeHit, 7);
  assert.equal(probe.found, '/usr/lib/x86_64-linux-gnu/ruby/3.1.0/enc/encdb.so');
  assert.deepEqual(places(probe), [
    '/usr/local/lib/site_ruby/3.1.0',
    '/usr/local/lib/x86_64-linux-gnu/site_ruby',
    '/usr/local/lib/site_ruby',
    '/usr/lib/ruby/vendor_ruby/3.1.0',
    '/usr/lib/x86_64-linux-gnu/ruby/vendor_ruby/3.1.0',
    '/usr/lib/ruby/vendor_ruby',
    '/usr/lib/ruby/3.1.0',
    '/usr/lib/x86_64-linux-gnu/ruby/3.1.0',
  ]);
});

test('Perl: two suffixes in each directory of @INC', async () => {
  const probe = sought(await probesOf('perl'), 'warnings/register');
  assert.equal(probe.rule?.id, 'perl');
  assert.equal(probe.missesBeforeHit, 11);
  assert.equal(probe.found, '/usr/lib/x86_64-linux-gnu/perl-base/warnings/register.pm');
  assert.equal(probe.directories.length, 6);
  assert.equal(probe.directories[0].misses, 2);
});

test('Python: a package behind directories whose listing is known', async () => {
  const result = await probesOf('python');
  const probe = sought(result, 'json');
  assert.equal(probe.rule?.id, 'python');
  assert.equal(probe.found, '/usr/lib/python3.11/json/__init__.py');
  assert.deepEqual(places(probe).at(-1), '/usr/lib/python3.11/json/__pycache__');
  assert.ok(result.rules.every((rule) => rule.id === 'python' || rule.id === 'locale'));
});

test('Node: node_modules upwards, then file extensions', async () => {
  const result = await probesOf('node');
  assert.deepEqual(places(sought(result, 'left')).slice(0, 2), ['/srv/app/bin/node_modules', '/srv/app/node_modules']);
  assert.equal(sought(result, 'left').found, '/srv/app/node_modules/left/package.json');
  assert.equal(sought(result, 'other').missesBeforeHit, 1);
  assert.equal(sought(result, 'main').found, '/srv/app/node_modules/left/lib/main.js');
});

test('shell: PATH, for a command that is nowhere and for one that is', async () => {
  const result = await probesOf('bash');
  const path = ['/usr/local/sbin', '/usr/local/bin', '/usr/sbin', '/usr/bin', '/sbin', '/bin'];
  const nowhere = sought(result, 'nosuch');
  assert.equal(nowhere.rule?.id, 'path');
  assert.equal(nowhere.found, null);
  assert.deepEqual(places(nowhere), path);
  assert.deepEqual(places(sought(result, 'date')), path.slice(0, 4));
  assert.equal(sought(result, 'date').missesBeforeHit, 3);
});

test('C compiler: a header along the include path', async () => {
  const probe = sought(await probesOf('gcc'), 'stdc-predef.h');
  assert.equal(probe.rule?.id, 'include');
  assert.deepEqual(places(probe), ['/usr/lib/gcc/x86_64-linux-gnu/12/include', '/usr/local/include', '/usr/include/x86_64-linux-gnu', '/usr/include']);
});

test('a program that finds everything at once makes no searches', async () => {
  const result = await probesOf('date');
  assert.equal(result.searches, 0);
  assert.equal(result.misses, 1);
});

test('dynamic loader: an RPATH with hardware directories', async () => {
  const dirs = ['/opt/a/lib/glibc-hwcaps/x86-64-v3', '/opt/a/lib', '/opt/b/lib'];
  const opens = dirs.map((d) => `openat(AT_FDCWD, "${d}/libz.so.1", O_RDONLY|O_CLOEXEC) = -1 ENOENT (No such file or directory)`);
  const log = `${opens.join('\n')}\nopenat(AT_FDCWD, "/lib/libz.so.1", O_RDONLY|O_CLOEXEC) = 3\n`;
  const probe = (await over(new Probes(), log)).result().probes[0];
  assert.equal(probe.rule?.id, 'loader');
  assert.equal(probe.sought, 'libz.so.1');
  assert.equal(probe.missesBeforeHit, 3);
  assert.deepEqual(places(probe), [...dirs, '/lib']);
});

test('the same search by several programs: each row says whose it is', async () => {
  const search = (pid: number, program: string): string => [
    `${pid} execve("/bin/${program}", ["${program}"], 0x1 /* 1 var */) = 0`,
    `${pid} stat("/usr/local/bin/cc", 0x1) = -1 ENOENT (No such file or directory)`,
    `${pid} stat("/usr/bin/cc", {st_mode=S_IFREG|0755, ...}) = 0`,
  ].join('\n');
  const result = (await over(new Probes(), `${search(1, 'make')}\n${search(2, 'co\\33nf')}\n`)).result();
  assert.deepEqual(result.probes.map(({ program }) => program), ['make', 'co\x1bnf']);
  assert.match(probesText('log', result, { top: 0, places: false }), /found +by\n.* \/usr\/bin\/cc +make\n.* \/usr\/bin\/cc +co\\x1bnf\n/);
  assert.match(probesTsv(result), /\tprogram\n.*\tmake\n/);
  const one = (await over(new Probes(), search(1, 'make'))).result();
  assert.doesNotMatch(probesText('log', one, { top: 0, places: false }), /found +by|make/);
});

test('a search that fits no rule is not given one', async () => {
  const log = ['/a/x/settings.ini', '/b/x/settings.ini'].map((p) => `access("${p}", R_OK) = -1 ENOENT (No such file or directory)\n`).join('');
  const result = (await over(new Probes(), log)).result();
  assert.equal(result.probes[0].rule, null);
  assert.equal(result.rules[0].id, null);
});

test('searches of processes that run at the same time stay apart', async () => {
  const miss = (pid: number, dir: string, name: string): string => `${pid} access("${dir}/${name}", X_OK) = -1 ENOENT (No such file or directory)\n`;
  const log = [miss(1, '/a/bin', 'ls'), miss(2, '/a/bin', 'cat'), miss(1, '/b/bin', 'ls'), miss(2, '/b/bin', 'cat')].join('');
  const result = (await over(new Probes(), log)).result();
  assert.deepEqual(result.probes.map((p) => [p.pid, p.sought, p.misses]), [[1, 'ls', 2], [2, 'cat', 2]]);
});

test('lookups and misses are those of the log', async () => {
  for (const name of ['bash', 'gcc', 'node', 'perl', 'python', 'ruby']) {
    const calls = callLines(await readFile(fixture(name), 'latin1'));
    const lookups = calls.filter(({ name: call, line }) => /^(openat|open|access|faccessat2?|readlink|execve|stat|lstat|statx|newfstatat|statfs)$/.test(call) && !/, "", /.test(line));
    const result = await probesOf(name);
    const created = lookups.filter(({ line }) => line.includes('O_CREAT')).length;
    assert.equal(result.calls, calls.length, name);
    assert.equal(result.lookups, lookups.length - created, name);
    assert.equal(result.misses, lookups.filter(({ line }) => /= -1 (ENOENT|ENOTDIR) /.test(line)).length, name);
  }
});

test('what a cache would spare: repeats, but not after a change and not an open that succeeds', async () => {
  const miss = 'stat("/a", 0x7ffe) = -1 ENOENT (No such file or directory) <0.000010>\n';
  const hit = 'stat("/a", {st_mode=S_IFREG|0644, st_size=0, ...}) = 0 <0.000010>\n';
  const open = 'open("/b", O_RDONLY) = 3 <0.000010>\n';
  const log = [miss, miss, miss, 'open("/a", O_WRONLY|O_CREAT, 0644) = 3\n', hit, hit, open, open, 'rename("/d", "/e") = 0\n', hit].join('');
  const { perProgram } = (await over(new Probes(), log)).result();
  assert.equal(perProgram.repeated, 4);
  assert.equal(perProgram.repeatedMisses, 2);
  assert.equal(perProgram.sparedCalls, 3);
  assert.ok(Math.abs(perProgram.sparedSeconds - 3e-5) < 1e-12);
});

test('a memory within each program does not outlive exec, one that is shared does', async () => {
  const miss = '7 stat("/a", 0x7ffe) = -1 ENOENT (No such file or directory)\n';
  const result = (await over(new Probes(), `${miss}7 execve("/bin/x", ["x"], 0x7ffe /* 1 var */) = 0\n${miss}${miss}`)).result();
  assert.equal(result.perProgram.repeated, 1);
  assert.equal(result.shared.repeated, 2);
});

test('no search has more calls than there are lookups, whatever the order', async () => {
  const path = fc.tuple(fc.constantFrom('/bin', '/usr/bin', '/lib/python3/x', ''), fc.constantFrom('a', 'a.py', 'b.so', 'node_modules', '__init__.py')).map((parts) => parts.join('/'));
  const line = fc.record({ pid: fc.constantFrom(1, 2), path, hit: fc.boolean(), exec: fc.boolean() });
  await fc.assert(
    fc.asyncProperty(fc.array(line, { minLength: 1, maxLength: 40 }), async (lines) => {
      const log = lines.map((l) => `${l.pid} ${l.exec ? `execve("${l.path}", ["x"], 0x1 /* 1 var */)` : `access("${l.path}", F_OK)`} = ${l.hit ? '0' : '-1 ENOENT (No such file or directory)'}\n`);
      const result = (await over(new Probes(), log.join(''))).result();
      assert.equal(result.lookups, lines.length);
      assert.ok(result.searchCalls <= result.lookups);
      assert.ok(result.searchMisses <= result.misses);
      for (const probe of result.probes) assert.equal(probe.directories.reduce((n, d) => n + d.misses, 0), probe.misses);
    }),
    { numRuns: 100 },
  );
});

test('hostile names stay text on the terminal, in TSV and in JSON', async () => {
  const name = '\\33]0;x\\7<script>\\t\\342\\200\\256\\377.h';
  const log = ['/a', '/b'].map((dir) => `access("${dir}/${name}", R_OK) = -1 ENOENT (No such file or directory)\n`).join('');
  const result = (await over(new Probes(), log)).result();
  const outputs = [probesText('log', result, { top: 0, places: true }), probesTsv(result), probesJson(result)];
  for (const output of outputs) {
    // eslint-disable-next-line no-control-regex
    assert.doesNotMatch(output, /[\u0000-\u0008\u000b-\u001f\u007f-\u009f\u202e]/);
  }
  assert.equal(outputs[1].split('\n')[1].split('\t').length, 13);
  const parsed = JSON.parse(outputs[2]) as { probes: { sought: { bytes: string } }[] };
  assert.equal(Buffer.from(parsed.probes[0].sought.bytes, 'base64').toString('latin1'), '\x1b]0;x\x07<script>\t\xe2\x80\xae\xff.h');
});
