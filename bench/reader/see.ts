/**
 * `npm run bench:see`: what looking at a log costs. How fast it is exported as a timeline; how long `probes`, `files`
 * and `phases` take on a start-up as commands, and what memory on large logs (`--large`: 1 GB too; `--start-up`: only the
 * commands); how long a report takes to open.
 * Medians; CPU times are beside wall times, since those suffer from whatever else runs.
 */
import { spawnSync } from 'node:child_process';
import { mkdtempSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { loadavg, tmpdir } from 'node:os';
import { join } from 'node:path';
import { pathToFileURL } from 'node:url';
import { readBytes } from '../../replay/strace/read.js';
import { findProgram } from '../find-program.js';
import { median, repeated, REPORT_MEMORY, SAMPLE, time, type Command, type Figure } from './timing.js';

const CLI = new URL('../../src/bundle/start.cjs', import.meta.url).pathname;
const RESULT_LOG = new URL('../../../test/fixtures/python-startup.strace', import.meta.url).pathname;
const ANALYSES = ['probes', 'files', 'phases'] as const;
const SMALL_BYTES = 115e6;
const LARGE_BYTES = 1e9;
const ROUNDS = 9;

const print = (line: string): void => { process.stdout.write(`${line}\n`); };
const seconds = (value: number): string => `${value.toFixed(2)} s`;
const milliseconds = (values: readonly number[]): string => `${(median(values) * 1e3).toFixed(0)} ms`;

async function figureOf(argv: readonly string[], log: string, rounds: number): Promise<Figure> {
  const figure: Figure = { seconds: [], cpuSeconds: [], maxRssMB: 0 };
  const command = [process.execPath, '--import', REPORT_MEMORY, CLI, ...argv];
  for (let round = 0; round < rounds; round++) await time({ id: argv[0], argv: (file) => [...command, file] }, log, figure);
  return figure;
}

async function exportSpeed(log: string): Promise<void> {
  const figure = await figureOf(['export', 'perfetto'], log, 3);
  const megabytes = statSync(log).size / 1e6;
  const rate = (values: readonly number[]): string => `${(megabytes / median(values)).toFixed(0)} MB/s`;
  print(`export perfetto, ${megabytes.toFixed(0)} MB of log: ${rate(figure.seconds)} (wanted: 60), by CPU time ${rate(figure.cpuSeconds)}, ${figure.maxRssMB.toFixed(0)} MB of memory`);
}

/** Commands as somebody types them: process start to process end, nothing else measured inside. */
async function startUp(directory: string): Promise<void> {
  const log = join(directory, 'python.strace');
  writeFileSync(log, await readBytes(SAMPLE));
  const one = (id: string, ...argv: string[]): Command => ({ id, argv: () => [process.execPath, ...argv], pipe: false });
  const together: Command = { id: 'together', argv: (file) => ['sh', '-c', `for analysis in ${ANALYSES.join(' ')}; do "$1" "$2" "$analysis" "$3" > /dev/null || exit; done`, 'sh', process.execPath, CLI, file], pipe: false };
  const commands: readonly Command[] = [
    together,
    { ...together, env: { NODE_EXTRA_CA_CERTS: '' } },
    ...ANALYSES.map((analysis) => one(analysis, CLI, analysis, log)),
    one('summary', CLI, 'summary', log),
    one('--help', CLI, '--help'),
    one('run --help', CLI, 'run', '--help'),
    one('node alone', '-e', '0'),
  ];
  const figures = commands.map((): Figure => ({ seconds: [], cpuSeconds: [], maxRssMB: 0 }));
  for (let round = 0; round < ROUNDS; round++) for (const [i, command] of commands.entries()) await time(command, log, figures[i]);
  const text = (i: number): string => `${milliseconds(figures[i].seconds)} (CPU ${milliseconds(figures[i].cpuSeconds)})`;
  print(`${ANALYSES.join(', ')}, one command after the other, on a start-up of Python: ${text(0)} in all (wanted: 500 ms)`);
  if ((process.env['NODE_EXTRA_CA_CERTS'] ?? '') !== '') print(`  without NODE_EXTRA_CA_CERTS, whose certificates some versions of Node read at each start: ${text(1)}`);
  print(`  each, and others: ${commands.slice(2).map(({ id }, i) => `${id} ${text(i + 2)}`).join(', ')}`);
}

async function memory(logs: readonly string[]): Promise<void> {
  for (const analysis of ANALYSES) {
    const cells: string[] = [];
    for (const log of logs) {
      const figure = await figureOf([analysis], log, 1);
      cells.push(`${figure.maxRssMB.toFixed(0)} MB of memory at ${(statSync(log).size / 1e6).toFixed(0)} MB, CPU ${seconds(figure.cpuSeconds[0])}`);
    }
    print(`${analysis}: ${cells.join('; ')}`);
  }
}

/** A page beside an empty one, in a browser that starts anew each time. */
function reportOpens(directory: string): void {
  const chromium = findProgram('chromium') ?? findProgram('chromium-browser');
  if (chromium === null) {
    print('the report: no Chromium here (apt-get install chromium)');
    return;
  }
  const [result, page] = ['result.json', 'report.html'].map((name) => join(directory, name));
  for (const argv of [['run', RESULT_LOG, '--rounds', '6', '--json', result], ['report', result, RESULT_LOG, '-o', page]]) {
    const { status, stderr } = spawnSync(process.execPath, [CLI, ...argv], { encoding: 'utf8' });
    if (status !== 0) throw new Error(`${argv[0]}: ${stderr}`);
  }
  const open = (url: string): number => {
    const begin = performance.now();
    spawnSync(chromium, ['--headless', '--no-sandbox', '--disable-gpu', `--user-data-dir=${join(directory, 'profile')}`, '--dump-dom', url], { stdio: 'ignore' });
    return (performance.now() - begin) / 1e3;
  };
  open('about:blank');
  const differences = Array.from({ length: ROUNDS }, () => open(pathToFileURL(page).href) - open('about:blank'));
  print(`the report (${(statSync(page).size / 1e3).toFixed(0)} kB) opens in ${seconds(median(differences))} more than an empty page (wanted: below 1 s)`);
}

const directory = mkdtempSync(join(tmpdir(), 'uring-replay-bench-'));
process.on('exit', () => { rmSync(directory, { recursive: true, force: true }); });
process.on('SIGINT', () => process.exit(130));
print(`load ${loadavg()[0].toFixed(1)}`);
await startUp(directory);
if (process.argv.includes('--start-up')) process.exit();
const small = await repeated(directory, 'small.strace', SMALL_BYTES);
await exportSpeed(small);
reportOpens(directory);
await memory(process.argv.includes('--large') ? [small, await repeated(directory, 'large.strace', LARGE_BYTES)] : [small]);
