/** Shell completion, by the shells themselves; and what it is made from: every command's help. */
import assert from 'node:assert/strict';
import { spawnSync } from 'node:child_process';
import test from 'node:test';
import { findProgram } from '../../../bench/find-program.js';
import { optionWords, walk, type CommandNode } from '../../../src/completion/model.js';
import { OPTION_VALUES } from '../../../src/completion/values.js';

const MAIN = new URL('../../../src/cli/main.js', import.meta.url).pathname;
const run = (...args: string[]): string => {
  const { status, stdout, stderr } = spawnSync(process.execPath, [MAIN, ...args], { encoding: 'utf8' });
  assert.equal(status, 0, stderr);
  return stdout;
};
const missing = (shell: string): string | false => (findProgram(shell) === null ? `${shell} is not installed` : false);

const root = JSON.parse(run('completion', 'bash', '--json')) as CommandNode;
const commands = walk(root).slice(1).filter(({ name }) => name !== 'help');

test('every command has help with an example of its own, --json, and options that completion knows', () => {
  assert.ok(commands.length >= 20);
  for (const node of commands) {
    const name = node.path.join(' ');
    const help = run(...node.path, '--help');
    const examples = help.split(/^Examples?:$/m)[1] ?? '';
    const one = examples.match(/^ {2}\$ .*$/gm) ?? [];
    assert.ok(one.some((line) => line.includes(`uring-replay ${node.path[0]}`)), `${name} --help has no example:\n${help}`);
    for (const word of optionWords(node)) assert.ok(help.includes(word), `${name}: ${word}`);
  }
});

test('the values that are offered are those that are accepted', () => {
  const log = new URL('../../../../test/fixtures/python-startup.strace', import.meta.url).pathname;
  for (const [command, options] of Object.entries(OPTION_VALUES)) {
    const node = commands.find(({ path }) => path.join(' ') === command)!;
    for (const [option, values] of Object.entries(options ?? {})) {
      const words = values?.words ?? [];
      assert.deepEqual(node.options.find(({ long }) => long === option)?.words, words);
      const extra = command === 'kernels' ? ['--kernel', 'host'] : command === 'warm' && option === '--cache' ? ['--measure'] : [];
      const { status, stderr } = spawnSync(process.execPath, [MAIN, ...command.split(' '), log, ...extra, option, 'nonsense'], { encoding: 'utf8' });
      assert.equal(status, 2, `${command} ${option}: ${stderr}`);
      assert.equal(/Accepted: (.*)\./.exec(stderr)?.[1], words.join(', '), `${command} ${option}`);
    }
  }
});

test('bash completes commands, options and files', { skip: missing('bash') }, () => {
  const complete = (...words: string[]): string[] => {
    const script = `source <(${process.execPath} ${MAIN} completion bash)
      COMP_WORDS=(uring-replay "$@"); COMP_CWORD=$#; _uring_replay; printf '%s\\n' "\${COMPREPLY[@]}"`;
    const { stdout, stderr } = spawnSync('bash', ['--norc', '-c', script, 'bash', ...words], { encoding: 'utf8' });
    assert.equal(stderr, '');
    return stdout.split('\n').filter((line) => line !== '');
  };
  assert.deepEqual(complete('').sort(), root.commands.map(({ name }) => name).sort());
  assert.deepEqual(complete('pro'), ['probes']);
  assert.deepEqual(complete('export', 'p'), ['perfetto', 'parquet']);
  assert.deepEqual(complete('run', '--ord'), ['--order']);
  assert.deepEqual(complete('export', 'folded', '--b'), ['--by']);
  assert.deepEqual(complete('completion', 'z'), ['zsh']);
  // Files, which are left to the shell: a log, the value of an option, what follows --.
  for (const words of [['run', 'my'], ['run', '--json', ''], ['record', '-o', 'x', '--', '--l']]) assert.deepEqual(complete(...words), [], words.join(' '));
  assert.deepEqual(complete('run', '--cache', ''), ['warm', 'cold', 'both']);
  assert.deepEqual(complete('summary', '--sort', 'u'), ['usecs']);
  assert.deepEqual(complete('run', '--engine', 'serial,t'), ['serial,threads']);
  assert.deepEqual(complete('run', '--engine', '=', 'se'), ['serial']);
  assert.deepEqual(complete('run', '--order', '='), ['trace', 'deps']);
  // A log that is called like a command changes nothing.
  assert.deepEqual(complete('show', 'run', '--err'), ['--errors']);
});

test('fish completes commands and options', { skip: missing('fish') }, () => {
  const complete = (line: string): string[] => {
    const { stdout, stderr } = spawnSync('fish', ['--no-config', '-c', `${process.execPath} ${MAIN} completion fish | source; complete -C $argv[1]`, '--', line], { encoding: 'utf8' });
    assert.equal(stderr, '');
    return stdout.split('\n').filter((row) => row !== '').map((row) => row.split('\t')[0]);
  };
  assert.deepEqual(complete('uring-replay prob'), ['probes']);
  assert.deepEqual(complete('uring-replay export pa'), ['parquet']);
  assert.deepEqual(complete('uring-replay run --ord'), ['--order']);
  assert.deepEqual(complete('uring-replay export folded --by').slice(0, 1), ['--by']);
  assert.deepEqual(complete('uring-replay completion z').slice(0, 1), ['zsh']);
  assert.deepEqual(complete('uring-replay run --cache b'), ['both']);
  assert.deepEqual(complete('uring-replay run --engine serial,thr'), ['serial,threads']);
});

/** Presses the keys in a real zsh on a pseudo-terminal, and tells what the command line has become. */
const ZSH = `
zmodload zsh/zpty
zpty z 'TERM=dumb PS1="" zsh -f -i'
zpty -w z 'autoload -Uz compinit && compinit -u -D; source <('"$1"' '"$2"' completion zsh); unsetopt zle_bracketed_paste; show() { print -r -- "<<$BUFFER>>" > $OUT }; zle -N show; bindkey "^X" show; print REA""DY'
zpty -r -m z REPLY '*READY*'
zpty -w -n z "$3"$'\\t\\x18'
for i in {1..200}; do [[ -s $OUT ]] && break; zpty -r -t z REPLY; sleep 0.05; done
cat $OUT
zpty -d z
`;

test('zsh completes commands and options', { skip: missing('zsh') }, () => {
  const complete = (line: string): string => {
    const { stdout } = spawnSync('bash', ['-c', 'OUT=$(mktemp); export OUT; zsh -f -c "$0" zsh "$@"; rm -f "$OUT"', ZSH, process.execPath, MAIN, line], { encoding: 'utf8', timeout: 60_000 });
    return /<<(.*)>>/.exec(stdout)?.[1] ?? stdout;
  };
  assert.equal(complete('uring-replay prob'), 'uring-replay probes ');
  assert.equal(complete('uring-replay export parq'), 'uring-replay export parquet ');
  assert.equal(complete('uring-replay run --ord'), 'uring-replay run --order ');
  assert.equal(complete('uring-replay run --cache bo'), 'uring-replay run --cache both ');
  // The comma is taken back when a blank follows.
  assert.equal(complete('uring-replay run --engine serial,thr'), 'uring-replay run --engine serial,threads,');
});

test('an unknown shell: those that are known', () => {
  const { status, stderr } = spawnSync(process.execPath, [MAIN, 'completion', 'tcsh'], { encoding: 'utf8' });
  assert.equal(status, 2);
  assert.match(stderr, /bash, zsh, fish/);
});
