/** What is printed fits the terminal, on real terminals of several widths; into a pipe nothing is wrapped. */
import assert from 'node:assert/strict';
import { spawnSync } from 'node:child_process';
import test from 'node:test';
import { findProgram } from '../../../bench/find-program.js';
import { plainColumns, renderColumns } from '../../../src/report/columns.js';
import { shorten, visibleWidth, wrap, wrapLines } from '../../../src/report/prose.js';

const MAIN = new URL('../../../src/cli/main.js', import.meta.url).pathname;
const TABLE = new URL('../../../src/report/table.js', import.meta.url).href;
const FIXTURES = new URL('../../../../test/fixtures/', import.meta.url).pathname;
const skip = findProgram('script') === null && 'script (util-linux) is not installed';
const WIDTHS = [40, 60, 80, 120, 200];
const RUN = `import('${TABLE}').then(({ renderResult }) => process.stdout.write(renderResult(JSON.parse(require('fs').readFileSync('results/python-startup.json')))))`;

const LOG = 'traces/python.f-ttt-T.strace.gz';
const COMMANDS: Readonly<Record<string, readonly string[]>> = {
  probes: [MAIN, 'probes', LOG],
  files: [MAIN, 'files', LOG, '--by', 'seeks'],
  'files --tree': [MAIN, 'files', LOG, '--tree'],
  phases: [MAIN, 'phases', LOG],
  summary: [MAIN, 'summary', LOG],
  diff: [MAIN, 'diff', LOG, 'traces/ruby.f-ttt-T.strace.gz'],
  run: ['-e', RUN],
  compare: [MAIN, 'compare', 'results/python-startup.json', 'results/python-startup.json'],
};

const environment = (extra: Readonly<Record<string, string>> = {}): NodeJS.ProcessEnv => {
  const { COLUMNS, ...rest } = process.env;
  return { ...rest, ...(COLUMNS !== undefined && { COLUMNS: '' }), ...extra };
};
const quoted = (word: string): string => `'${word.replaceAll("'", String.raw`'\''`)}'`;

/** What a terminal of so many columns is sent, without colours. */
function onTerminal(argv: readonly string[], columns: number): string {
  const command = `stty cols ${columns} && exec ${[process.execPath, ...argv].map(quoted).join(' ')}`;
  const { stdout, status } = spawnSync('script', ['-qec', command, '/dev/null'], { cwd: FIXTURES, encoding: 'utf8', env: environment({ FORCE_COLOR: '1' }), input: '' });
  assert.equal(status, 0, stdout);
  // eslint-disable-next-line no-control-regex
  return stdout.replace(/\u001b\[[0-9;]*m/g, '').replaceAll('\r', '').replaceAll('\u0004\b\b', '');
}

function piped(argv: readonly string[], extra: Readonly<Record<string, string>> = {}): string {
  const { stdout, stderr, status } = spawnSync(process.execPath, argv, { cwd: FIXTURES, encoding: 'utf8', env: environment({ NO_COLOR: '1', ...extra }) });
  assert.equal(status, 0, stderr);
  return stdout;
}

/** But not those in paths that are shortened. */
const numbers = (text: string): Set<string> => new Set(text.replace(/\S*…\S*/g, '').match(/[\d.,]*\d(?: (?:[KMG]iB|B|ns|µs|ms|s|%))?(?![\w.])/g));

for (const [name, argv] of Object.entries(COMMANDS)) {
  test(`${name}: fits, and no number is broken`, { skip }, () => {
    const plain = piped(argv);
    const known = numbers(plain);
    for (const columns of WIDTHS) {
      const text = onTerminal(argv, columns);
      for (const line of text.split('\n')) assert.ok(line.length <= columns, `${columns} columns: ${line}`);
      for (const number of numbers(text)) assert.ok(known.has(number), `${columns} columns: ${number}`);
      assert.ok(numbers(text).size > 5);
    }
    assert.equal(piped(argv, { COLUMNS: '40' }), plain);
    assert.ok(plain.split('\n').some((line) => line.length > 60));
  });
}

const ROWS = [['serial', '2.35 ms [2.31, 2.40]', '1,234'], ['ring', '12.3 ms [12.1, 12.9]', '5']];

test('columns go by rank, then rows become lines', () => {
  const columns = [{ head: 'arm' }, { head: 'wall' }, { head: 'calls', right: true, rank: 1 }];
  assert.deepEqual(renderColumns(columns, ROWS, Infinity).split('\n'), [
    'arm     wall                  calls',
    'serial  2.35 ms [2.31, 2.40]  1,234',
    'ring    12.3 ms [12.1, 12.9]      5',
  ]);
  assert.equal(renderColumns(columns, ROWS, 35), renderColumns(columns, ROWS, Infinity));
  assert.deepEqual(renderColumns(columns, ROWS, 34).split('\n').slice(1), ['serial  2.35 ms [2.31, 2.40]', 'ring    12.3 ms [12.1, 12.9]', 'Too narrow for: calls']);
  assert.deepEqual(renderColumns(columns, ROWS.slice(0, 1), 27).split('\n'), ['arm serial', '  wall', '    2.35 ms [2.31, 2.40]', '  calls', '    1,234']);
});

test('sentences and lists are wrapped in their column, paths shortened', () => {
  const columns = [{ head: 'kind' }, { head: 'requests', wraps: 'list' as const }, { head: 'path', flexible: true }];
  assert.deepEqual(renderColumns(columns, [['a', 'openat 12, statx 3,456, close 9', '/usr/lib/python3.11/json/__init__.py']], 52).split('\n'), [
    'kind  requests              path',
    'a     openat 12,            /usr/li…json/__init__.py',
    '      statx 3,456, close 9',
  ]);
  assert.equal(renderColumns(plainColumns(['a', 'b'], [1]), [['x', '1']], 80), 'a  b\nx  1');
});

test('wrapping keeps a number and its unit together, and goes on to the right of where a line began', () => {
  assert.deepEqual(wrap('it took 6.62 ms', 13), ['it took', '6.62 ms']);
  assert.deepEqual(wrap('openat 3, statx 12', 10, 'list'), ['openat 3,', 'statx 12']);
  assert.equal(wrapLines('  one two three\nfour', 10), '  one\n    two\n    three\nfour');
  assert.equal(wrapLines('one two three', Infinity), 'one two three');
});

test('wide, combining and coloured text has the width that a terminal gives it', () => {
  const widths = ['abc', 'µs…', '\u6f22\u5b57', 'e\u0301', '\u001b[31mred\u001b[39m', '\u{1f600}'].map(visibleWidth);
  assert.deepEqual(widths, [3, 3, 4, 1, 3, 2]);
  for (const width of [9, 10, 11, 12]) assert.ok([width - 2, width - 1, width].includes(visibleWidth(shorten('\u6f22\u5b57/'.repeat(9), width))));
});
