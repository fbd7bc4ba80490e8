/**
 * `npm run bench:plan [-- --calls 10M] [--log LOG] [--runs N]`: how fast a log becomes a plan (program, dependencies,
 * tree), and what memory that takes. The log (default: the recorded start-up of python; --log gcc, thr, ... are the other
 * samples) is repeated until it has as many calls (default 1M), in the directory for temporary files. Each run is a
 * process of its own; figures are medians.
 */
import { spawnSync } from 'node:child_process';
import { appendFileSync, existsSync, mkdtempSync, readFileSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { loadavg, tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { parseArgs } from 'node:util';
import { loadTrace } from '../../replay/strace/load.js';
import { readBytes } from '../../replay/strace/read.js';
import { resolve } from '../../replay/world/resolve.js';
import { median } from '../statistics/statistics.js';

const SAMPLES = fileURLToPath(new URL('../../../test/fixtures/traces/', import.meta.url));
const RUNS = 5;
/** From so many calls on one run says enough. */
const MANY = 5e6;
const SPEED_MIN = 1e6;
const MEMORY_MAX = 2e9;

/** One process: seconds on the clock, CPU seconds of all its threads, bytes. */
interface Run {
  readonly calls: number;
  readonly ops: number;
  readonly readWall: number;
  readonly readCpu: number;
  readonly planWall: number;
  readonly planCpu: number;
  /** The same in the process that has planned this log once: without compiling JavaScript. */
  readonly againWall: number;
  readonly againCpu: number;
  readonly programBytes: number;
  readonly readRss: number;
  readonly maxRss: number;
}

const { values, positionals } = parseArgs({
  allowPositionals: true,
  options: { calls: { type: 'string', default: '1M' }, log: { type: 'string', default: 'python' }, runs: { type: 'string' }, help: { type: 'boolean', short: 'h' } },
});
if (values.help === true) console.log('npm run bench:plan [-- --calls 10M] [--log gcc] [--runs 5]');
else if (positionals[0] === 'run') process.stdout.write(JSON.stringify(await run(positionals[1])));
else await main(count(values.calls), values.runs === undefined ? null : count(values.runs));

async function main(calls: number, runs: number | null): Promise<void> {
  const directory = mkdtempSync(join(tmpdir(), 'uring-replay-bench-'));
  process.on('exit', () => { rmSync(directory, { recursive: true, force: true }); });
  process.on('SIGINT', () => process.exit(130));
  const log = join(directory, 'log.strace');
  await write(log, values.log, calls);
  const measured: Run[] = [];
  for (let i = 0; i < (runs ?? (calls >= MANY ? 1 : RUNS)); i++) measured.push(inProcess(log));
  report(measured, statSync(log).size);
}

/** `name`: of a sample, or a log's. */
async function write(log: string, name: string, calls: number): Promise<void> {
  const known = join(SAMPLES, `${name}.f-ttt-T.strace.gz`);
  const from = existsSync(known) ? known : name;
  const sample = await readBytes(from);
  const times = Math.max(1, Math.round(calls / (await loadTrace(from)).length));
  writeFileSync(log, '');
  for (let i = 0; i < times; i++) appendFileSync(log, sample);
}

function inProcess(log: string): Run {
  const { status, stdout, stderr } = spawnSync(process.execPath, [fileURLToPath(import.meta.url), 'run', log], { encoding: 'utf8' });
  if (status !== 0) throw new Error(`planning ended with ${status}: ${stderr}`);
  return JSON.parse(stdout) as Run;
}

/** In a process of its own. */
async function run(log: string): Promise<Run> {
  const [trace, readWall, readCpu] = await timed(() => loadTrace(log));
  const readRss = currentRss();
  const [plan, planWall, planCpu] = await timed(() => {
    const made = resolve(trace, { mode: 'sandbox' });
    return { ...made, root: made.tree.root }; // facts become a tree when asked for
  });
  const { maxRSS } = process.resourceUsage();
  const facts = { calls: trace.length, ops: plan.ops, programBytes: plan.program.length, readRss, maxRss: maxRSS * 1024 };
  const times = { readWall, readCpu, planWall, planCpu };
  if (trace.length >= MANY) return { ...facts, ...times, againWall: NaN, againCpu: NaN };
  const [, againWall, againCpu] = await timed(() => resolve(trace, { mode: 'sandbox' }));
  return { ...facts, ...times, againWall, againCpu };
}

async function timed<T>(work: () => T | Promise<T>): Promise<[result: T, wall: number, cpu: number]> {
  const started = process.cpuUsage();
  const from = performance.now();
  const result = await work();
  const { user, system } = process.cpuUsage(started);
  return [result, (performance.now() - from) / 1e3, (user + system) / 1e6];
}

function currentRss(): number {
  const kilobytes = /^VmRSS:\s+(\d+)/m.exec(readFileSync('/proc/self/status', 'latin1'));
  return Number(kilobytes?.[1]) * 1024;
}

function report(runs: readonly Run[], logBytes: number): void {
  const of = (field: keyof Run): number => median(runs.map((one) => one[field]));
  const { calls, ops } = runs[0];
  const speed = (seconds: number): string => `${(calls / seconds / 1e6).toFixed(2).padStart(6)} M calls/s`;
  const line = (what: string, wall: number, cpu: number): string =>
    `  ${what.padEnd(26)} ${wall.toFixed(2).padStart(6)} s ${speed(wall)}   CPU ${cpu.toFixed(2).padStart(6)} s ${speed(cpu)}\n`;
  const megabytes = (bytes: number): string => `${(bytes / 1e6).toFixed(0)} MB`;
  let text = `${calls} calls, ${ops} of them replayed; log ${megabytes(logBytes)}; medians of ${runs.length} runs, load ${loadavg()[0].toFixed(1)}\n`;
  text += line('planning', of('planWall'), of('planCpu'));
  if (calls < MANY) text += line('planning, compiled code', of('againWall'), of('againCpu'));
  text += line('reading the log', of('readWall'), of('readCpu'));
  text += line('both', of('readWall') + of('planWall'), of('readCpu') + of('planCpu'));
  const reached = calls / of('planWall') >= SPEED_MIN;
  text += `  goal >= 1 M calls/s: ${reached ? 'reached' : 'missed'}\n`;
  const plan = of('maxRss') - of('readRss');
  text += `  memory at its peak: ${megabytes(of('maxRss'))} in all, ${megabytes(of('readRss'))} of it the log as read; the plan added ${megabytes(plan)}, its program is ${megabytes(of('programBytes'))}\n`;
  if (calls >= 1e7 * 0.99) text += `  goal <= 2 GB: ${of('maxRss') <= MEMORY_MAX ? 'reached' : plan <= MEMORY_MAX ? 'reached by the plan, missed with the log' : 'missed'}\n`;
  process.stdout.write(text);
}

/** 10M, 500k, 12. */
function count(text: string): number {
  const match = /^(\d+(?:\.\d+)?)([kM]?)$/.exec(text);
  if (match === null || Number(match[1]) === 0) {
    console.error(`bench:plan takes a number such as 10M or 500k, not ${text}`);
    process.exit(2);
  }
  return Math.round(Number(match[1]) * { '': 1, k: 1e3, M: 1e6 }[match[2] as '' | 'k' | 'M']);
}
