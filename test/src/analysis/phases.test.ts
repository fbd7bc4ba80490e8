import assert from 'node:assert/strict';
import test from 'node:test';
import fc from 'fast-check';
import { analyse } from '../../../src/analysis/analyse.js';
import { PHASE_IDS, type PhasesResult, type Story, type Stretch } from '../../../src/analysis/phases/model.js';
import { Phases } from '../../../src/analysis/phases/phases.js';
import { phasesJson, phasesText, phasesTsv } from '../../../src/report/phases-text.js';
import { fixture, over } from './logs.js';

async function phasesOf(name: string): Promise<PhasesResult> {
  const phases = new Phases();
  await analyse(fixture(name), [phases]);
  return phases.result();
}

const outline = (story: Story): [string, number, number][] => story.stretches.map((s) => [s.phase, s.line, s.calls]);
const steps = (stretch: Stretch, path: string): Record<string, number> => {
  const file = stretch.files.find((f) => f.path === path);
  assert.ok(file, `${path} is not in the stretch`);
  return Object.fromEntries(file.steps);
};

test('date of 2012, phase by phase', async () => {
  const result = await phasesOf('date');
  assert.equal(result.stories.length, 1);
  assert.deepEqual(outline(result.stories[0]), [
    ['exec', 1, 1],
    ['loader', 2, 34],
    ['libc', 36, 13],
    ['heap', 49, 3],
    ['locale', 52, 14],
    ['program', 66, 3],
    ['exit', 69, 4],
  ]);
});

test('date: each library is opened, its header read, mapped, protected and closed', async () => {
  const loader = (await phasesOf('date')).stories[0].stretches[1];
  assert.deepEqual(steps(loader, '/lib64/libc.so.6'), { open: 1, 'read header': 1, stat: 1, map: 2, protect: 1, close: 1 });
  assert.deepEqual(steps(loader, '/etc/ld.so.cache'), { open: 1, stat: 1, map: 1, close: 1 });
  assert.match(loader.sentence, /3 libraries \(librt\.so\.1, libc\.so\.6 and libpthread\.so\.0\)/);
});

test('date: the sentences say what happened, for people', async () => {
  const [, , libc, heap, locale, program, exit] = (await phasesOf('date')).stories[0].stretches.map((s) => s.sentence);
  assert.match(libc, /signals that threads use.*how large the stack may grow/);
  assert.match(heap, /malloc/);
  assert.match(locale, /language and character set and the time zone/);
  assert.match(program, /writes output/);
  assert.equal(exit, 'The process ends with status 0.');
});

test('interpreters are named, and load their modules after they got ready', async () => {
  for (const [name, language] of [['python', 'Python'], ['ruby', 'Ruby'], ['node', 'Node.js'], ['perl', 'Perl']] as const) {
    const story = (await phasesOf(name)).stories[0];
    assert.equal(story.language, language);
    const phases = story.stretches.map((s) => s.phase);
    assert.deepEqual(phases.slice(0, 3), ['exec', 'loader', 'libc'], name);
    assert.equal(phases.at(-1) === 'exit' || name === 'node', true, name);
    assert.ok(phases.indexOf('interpreter') > 0 && phases.indexOf('interpreter') < phases.lastIndexOf('modules'), `${name}: ${phases.join(' ')}`);
    assert.ok(!phases.includes('unrecognised'), name);
  }
});

test('the modules of a Node program are its own files', async () => {
  const modules = (await phasesOf('node')).stories[0].stretches.find((s) => s.phase === 'modules')!;
  const loaded = modules.files.filter((f) => f.steps.has('read')).map((f) => f.path);
  assert.deepEqual(loaded, ['/srv/app/bin/start.js', '/srv/app/node_modules/left/package.json', '/srv/app/node_modules/left/lib/main.js', '/srv/app/other.js']);
});

test('a shell and what it starts: one story per program, forks told apart from execs', async () => {
  const { stories } = await phasesOf('bash');
  assert.deepEqual(stories.filter((s) => s.origin === 'exec').map((s) => s.program), ['/bin/bash', '/usr/bin/cat', '/usr/bin/date', '/usr/bin/expr'].sort((a, b) => lineOf(stories, a) - lineOf(stories, b)));
  assert.ok(stories.some((s) => s.origin === 'fork' && s.stretches.every((x) => x.phase !== 'exec')));
  assert.ok(stories.every((s) => s.origin !== 'attached'));
});
const lineOf = (stories: readonly Story[], program: string): number => stories.find((s) => s.program === program)!.stretches[0].line;

test('every call is told exactly once', async () => {
  for (const name of ['bash', 'date', 'gcc', 'node', 'perl', 'python', 'ruby']) {
    const result = await phasesOf(name);
    const told = result.stories.reduce((n, s) => n + s.stretches.reduce((m, x) => m + x.calls, 0), 0);
    assert.equal(told, result.calls, name);
    assert.equal(result.totals.reduce((n, t) => n + t.calls, 0), result.calls, name);
  }
});

test('what begins in the middle is not recognised rather than guessed', async () => {
  const log = '9 futex(0x1, FUTEX_WAKE_PRIVATE, 1) = 0\n9 epoll_wait(5, [], 1024, 0) = 0\n9 exit_group(3) = ?\n9 +++ exited with 3 +++\n';
  const [story] = (await over(new Phases(), log)).result().stories;
  assert.deepEqual(outline(story), [['unrecognised', 1, 2], ['exit', 3, 1]]);
  assert.equal(story.origin, 'attached');
  assert.equal(story.stretches[1].sentence, 'The process ends with status 3.');
});

test('a script that is merely called python is not told as Python', async () => {
  const log = [
    'execve("/opt/shims/python3", ["python3"], 0x1 /* 1 var */) = 0',
    'brk(NULL) = 0x1000',
    'arch_prctl(ARCH_SET_FS, 0x1) = 0',
    'getuid() = 0',
    'openat(AT_FDCWD, "/opt/shims/settings", O_RDONLY) = 3',
  ].join('\n');
  const [story] = (await over(new Phases(), log)).result().stories;
  assert.equal(story.language, null);
  assert.ok(story.stretches.every((s) => s.phase !== 'interpreter'));
});

test('elapsed time runs from one stretch to the next', async () => {
  const log = [
    '1 10.000000 execve("/bin/x", ["x"], 0x1 /* 1 var */) = 0 <0.000100>',
    '1 10.001000 brk(NULL) = 0x1000 <0.000010>',
    '1 10.002000 exit_group(0) = ?',
  ].join('\n');
  const { stories, totals } = (await over(new Phases(), log)).result();
  assert.deepEqual(stories[0].stretches.map((s) => s.wallSeconds?.toFixed(6)), ['0.001000', '0.001000', '0.000000']);
  assert.deepEqual(stories[0].stretches.map((s) => s.start?.toFixed(6)), ['0.000000', '0.001000', '0.002000']);
  assert.equal(totals.find((t) => t.phase === 'exec')!.seconds, 0.0001);
});

test('any order of calls is told without a gap', async () => {
  const call = fc.constantFrom(
    'execve("/usr/bin/python3", ["x"], 0x1 /* 1 var */) = 0', 'execve("/bin/sh", ["x"], 0x1 /* 1 var */) = -1 ENOENT (No such file or directory)', 'brk(NULL) = 0x1',
    'openat(AT_FDCWD, "/etc/ld.so.cache", O_RDONLY) = 3', 'openat(AT_FDCWD, "/usr/lib/python3.11/os.py", O_RDONLY) = 3', 'close(1) = 0', 'munmap(0x1, 1) = 0',
    'arch_prctl(ARCH_SET_FS, 0x1) = 0', 'write(1, "x", 1) = 1', 'exit_group(0) = ?', 'clone(child_stack=NULL, flags=SIGCHLD) = 2', 'read(3,  <unfinished ...>', '<... read resumed>"x", 1) = 1', '+++ exited with 0 +++',
  );
  const line = fc.record({ pid: fc.constantFrom(1, 2), call });
  await fc.assert(
    fc.asyncProperty(fc.array(line, { minLength: 1, maxLength: 40 }), async (lines) => {
      const result = (await over(new Phases(), lines.map((l) => `${l.pid} ${l.call}`).join('\n'))).result();
      const told = result.stories.flatMap((s) => s.stretches);
      assert.equal(told.reduce((n, s) => n + s.calls, 0), result.calls);
      assert.ok(told.every((s) => s.calls > 0 && s.sentence.endsWith('.') && PHASE_IDS.includes(s.phase)));
    }),
    { numRuns: 200 },
  );
});

test('hostile names stay text in every form', async () => {
  const log = 'execve("/\\33[2J<script>\\n\\342\\200\\256\\377", ["x"], 0x1 /* 1 var */) = 0\nopenat(AT_FDCWD, "/a\\33\\t\\342\\200\\256", O_RDONLY) = 3\n';
  const result = (await over(new Phases(), log)).result();
  for (const output of [phasesText('log', result, { programs: 0, steps: true }), phasesJson(result), phasesTsv(result)]) {
    // eslint-disable-next-line no-control-regex
    assert.doesNotMatch(output, /[\u0000-\u0008\u000b-\u001f\u007f-\u009f\u202e]/);
  }
  assert.ok(phasesTsv(result).trimEnd().split('\n').every((row) => row.split('\t').length === 11));
});
