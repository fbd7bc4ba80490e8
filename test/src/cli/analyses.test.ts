/** The commands that look at a log, from the command line. */
import assert from 'node:assert/strict';
import { spawnSync } from 'node:child_process';
import test from 'node:test';
import { fixture } from '../analysis/logs.js';

const MAIN = new URL('../../../src/cli/main.js', import.meta.url).pathname;
const run = (...args: string[]): { status: number | null; stdout: string; stderr: string } => spawnSync(process.execPath, [MAIN, ...args], { encoding: 'utf8', maxBuffer: 1 << 26 });

const JSON_COMMANDS = [
  ['probes', fixture('ruby')], ['files', fixture('ruby')], ['files', fixture('ruby'), '--tree'], ['phases', fixture('ruby')], ['flamegraph', fixture('ruby')],
  ['diff', fixture('python'), fixture('ruby')], ['show', '--tree', fixture('bash')],
];

test('every command has help with an example, and --json that is JSON', () => {
  for (const command of JSON_COMMANDS) {
    const help = run(command[0], '--help');
    assert.equal(help.status, 0);
    assert.match(help.stdout, /Examples?:\n {2}\$ uring-replay/, command[0]);
    const json = run(...command, '--json');
    assert.equal(json.status, 0, json.stderr);
    assert.doesNotThrow(() => { JSON.parse(json.stdout); }, command.join(' '));
  }
  for (const name of ['report', 'export']) assert.equal(run(name, '--help').status, 0);
});

test('--tsv has as many cells in every line', () => {
  for (const command of [['probes', fixture('ruby')], ['files', fixture('ruby')], ['phases', fixture('ruby')], ['diff', fixture('python'), fixture('ruby')]]) {
    const widths = run(...command, '--tsv').stdout.trimEnd().split('\n').map((line) => line.split('\t').length);
    assert.equal(new Set(widths).size, 1, command[0]);
  }
});

test('wrong input: one message with cause and remedy, status 2', () => {
  for (const args of [
    ['probes', '/nowhere.strace'], ['files', '/nowhere.strace'], ['phases', '/dev/null'], ['diff', '/nowhere.strace', fixture('ruby')], ['flamegraph', '/nowhere.strace'],
    ['export', 'perfetto', fixture('date')], ['flamegraph', fixture('date'), '--by', 'time'], ['files', fixture('ruby'), '--by', 'luck'], ['probes', fixture('ruby'), '--top', '-1'],
    ['probes', fixture('ruby'), '--rule', 'cobol'], ['report', fixture('ruby')], ['export', 'tsv', fixture('ruby'), '-o', '/nowhere/at/all'],
  ]) {
    const { status, stderr } = run(...args);
    assert.equal(status, 2, `${args.join(' ')}: ${stderr}`);
    assert.match(stderr, /^(uring-replay: |error: )\S/, args.join(' '));
    assert.doesNotMatch(stderr, /internal error|at .*\.js:/, args.join(' '));
  }
});

test('a reader that goes away ends the work quietly', () => {
  for (const command of [`probes ${fixture('ruby')} --json`, `files ${fixture('ruby')} --tsv`, `export ndjson ${fixture('ruby')}`, `export perfetto ${fixture('ruby')}`]) {
    const { status, stderr } = spawnSync('bash', ['-o', 'pipefail', '-c', `${process.execPath} ${MAIN} ${command} | head -c 10 >/dev/null; exit \${PIPESTATUS[0]}`], { encoding: 'utf8' });
    assert.equal(stderr, '', command);
    assert.equal(status, 0, command);
  }
});
