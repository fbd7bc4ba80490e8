/**
 * `npm run bench:warm`: what warming does to real programs, as the table of docs/warm.md. Each is recorded anew, then
 * measured without and with warming behind a latency of 1 ms and, as root, on the disk as it is; cold and warm.
 * `npm run bench:warm -- python node` measures these alone; ROUNDS=40 sets the cold rounds, of warm ones it takes five
 * times as many.
 */
import { execFile } from 'node:child_process';
import { copyFileSync, mkdtempSync, realpathSync, rmSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import { promisify } from 'node:util';
import { UringReplayError } from '../../replay/errors.js';
import { loadTrace } from '../../replay/strace/load.js';
import { compileWarmPlan } from '../../replay/warm/compile.js';
import { findProgram } from '../find-program.js';
import { STRACE_FLAGS } from '../record/strace.js';
import type { WarmingDocument, WarmingPhase } from '../warm/document.js';
import { measureWarming, WARMING_DEFAULTS } from '../warm/measure.js';
import { warmRunner } from '../warm/runner.js';

/** Absolute paths first where a version manager's shims are common. */
const PROGRAMS: Readonly<Record<string, { readonly names: readonly string[]; readonly args: readonly string[]; readonly speedupMin: number | null }>> = {
  python: { names: ['/usr/bin/python3', 'python3'], args: ['-c', 'import json'], speedupMin: 5 },
  ruby: { names: ['/usr/bin/ruby', 'ruby'], args: ['-e', '1'], speedupMin: 3 },
  node: { names: ['node'], args: ['-e', '0'], speedupMin: 3 },
  gcc: { names: ['gcc'], args: ['-E', '-x', 'c', '/dev/null'], speedupMin: null },
  git: { names: ['git'], args: ['help', '--all'], speedupMin: null },
};
const LATENCY_NS = 1e6;
const ROUNDS = Number(process.env['ROUNDS'] ?? 20);
/** Warm runs are short, and what they show is small. */
const WARM_ROUNDS = 5 * ROUNDS;
const SEED = 1;
/** What warming may cost where everything is in memory. */
const ADDED_NS_MAX = 3e6;
const CPU_RATIO_MAX = 1.05;

const run = promisify(execFile);
const print = (line: string): void => { process.stdout.write(`${line}\n`); };
const wanted = process.argv.slice(2);
/** Not in /tmp, which is not behind the latency. */
const dir = realpathSync(mkdtempSync('/var/tmp/uring-replay-figures-'));
try {
  print('| program | storage | cache | without | with | speed-up | CPU time | read |');
  print('| --- | --- | --- | --- | --- | --- | --- | --- |');
  const notes: string[] = [];
  for (const name of Object.keys(PROGRAMS)) if (wanted.length === 0 || wanted.includes(name)) notes.push(...(await measureProgram(name)));
  print(['', ...new Set(notes)].join('\n'));
} finally {
  rmSync(dir, { recursive: true, force: true });
}

/** Its rows; returns what is to be said below the table. */
async function measureProgram(name: string): Promise<string[]> {
  const { names, args, speedupMin } = PROGRAMS[name];
  const found = names.map((candidate) => findProgram(candidate)).find((file) => file !== null);
  if (found === undefined) return [`SKIPPED ${name}: not installed`];
  const command = [droppable(found), ...args];
  const [log, plan] = ['strace', 'plan'].map((ending) => path.join(dir, `${name}.${ending}`));
  await run('strace', [...STRACE_FLAGS, '-o', log, '--', ...command]);
  writeFileSync(plan, compileWarmPlan([await loadTrace(log)], process.cwd()).bytes);
  const notes: string[] = [];
  for (const latencyNs of [LATENCY_NS, null]) {
    const storage = latencyNs === null ? 'local disk' : `FUSE, ${latencyNs / 1e6} ms`;
    try {
      for (const [cache, rounds] of [['cold', ROUNDS], ['warm', WARM_ROUNDS]] as const) {
        const document = await measureWarming({ ...WARMING_DEFAULTS, log, command, runner: warmRunner(), plan, latencyNs, cache, rounds, seed: SEED });
        for (const phase of document.phases) print(row([name, ...args.map((arg) => (arg.includes(' ') ? `"${arg}"` : arg))].join(' '), storage, phase));
        if (speedupMin !== null) notes.push(...goals(name, storage, document, latencyNs === null ? null : speedupMin));
        notes.push(...document.warnings.map(({ message }) => message));
      }
    } catch (error) {
      if (!(error instanceof UringReplayError)) throw error;
      notes.push(`SKIPPED ${name} on ${storage}: ${error.message}`);
    }
  }
  return notes;
}

/** What this process has mapped stays in memory, whatever is dropped: a copy of it does not. */
function droppable(program: string): string {
  if (realpathSync(program) !== realpathSync(process.execPath)) return program;
  const copy = path.join(dir, path.basename(program));
  copyFileSync(program, copy);
  return copy;
}

function row(program: string, storage: string, { cache, alone, warmed, speedup, addedNs, cpuRatio }: WarmingPhase): string {
  const ratio = `${speedup.median.toFixed(2)}x [${speedup.low.toFixed(2)}, ${speedup.high.toFixed(2)}]`;
  const paired = cache === 'cold' ? ratio : `${signed(addedNs.median)} [${signed(addedNs.low)}, ${signed(addedNs.high)}]`;
  const read = [alone, warmed].map(({ storage: use }) => (use?.deviceBytes == null ? '-' : `${(use.deviceBytes.median / 2 ** 20).toFixed(1)} MiB`)).join(' / ');
  const cpu = `${cpuRatio.median.toFixed(2)}x [${cpuRatio.low.toFixed(2)}, ${cpuRatio.high.toFixed(2)}]`;
  return `| \`${program}\` | ${storage} | ${cache} | ${ms(alone.wallNs.median)} | ${ms(warmed.wallNs.median)} | ${paired} | ${cpu} | ${read} |`;
}

function goals(name: string, storage: string, { phases }: WarmingDocument, speedupMin: number | null): string[] {
  return phases.flatMap(({ cache, speedup, addedNs, cpuRatio }) => {
    const reached = (yes: boolean): string => (yes ? 'reached' : 'missed');
    if (cache === 'cold') {
      return speedupMin === null ? [] : [`${name}, ${storage}, cold: ${speedup.median.toFixed(1)}x, goal >= ${speedupMin}x: ${reached(speedup.median >= speedupMin)}`];
    }
    return [`${name}, ${storage}, warm: ${signed(addedNs.median)} and ${cpuRatio.median.toFixed(3)}x the CPU time, goal <= 3 ms and 1.05x: ${reached(addedNs.median <= ADDED_NS_MAX && cpuRatio.median <= CPU_RATIO_MAX)}`];
  });
}

function ms(ns: number): string {
  return `${(ns / 1e6).toPrecision(3)} ms`;
}

function signed(ns: number): string {
  return `${ns < 0 ? '-' : '+'}${(Math.abs(ns) / 1e6).toFixed(2)} ms`;
}
