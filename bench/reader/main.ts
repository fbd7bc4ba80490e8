/**
 * `npm run bench:reader`: how fast logs are read, beside mawk and grep on the same file in the same run.
 *
 * Two logs are made by repeating a recorded one, of 115 MB and of 1 GB, in the directory for temporary files. The
 * commands take turns, so that a disturbance hits all of them; a figure is the median of the rounds.
 */
import { spawnSync } from 'node:child_process';
import { mkdtempSync, rmSync, statSync } from 'node:fs';
import { loadavg, tmpdir } from 'node:os';
import { join } from 'node:path';
import { loadTrace } from '../../replay/strace/load.js';
import { median, repeated, REPORT_MEMORY, SAMPLE, time, type Command } from './timing.js';

const CLI = new URL('../../src/bundle/start.cjs', import.meta.url).pathname;
const SMALL_BYTES = 115e6;
const LARGE_BYTES = 1e9;
const ROUNDS = Number(process.argv.find((arg) => arg.startsWith('--rounds='))?.slice(9) ?? 5);

const ours = (...args: string[]): Command['argv'] => (log) => [process.execPath, '--import', REPORT_MEMORY, CLI, ...args, log];
const MAWK: Command = { id: 'mawk', argv: (log) => ['mawk', '{split($3,a,"("); c[a[1]]++} END{for(k in c)print c[k],k}', log] };
const GREP: Command = { id: 'grep -c', argv: (log) => ['grep', '-c', 'ENOENT', log], env: { LC_ALL: 'C' } };

async function main(): Promise<void> {
  const directory = mkdtempSync(join(tmpdir(), 'uring-replay-bench-'));
  process.on('exit', () => { rmSync(directory, { recursive: true, force: true }); });
  process.on('SIGINT', () => process.exit(130));
  const pid = await rarestPid();
  const small: Command[] = [
    MAWK, GREP,
    { id: 'summary', argv: ours('summary') },
    { id: 'show --json', argv: ours('show', '--json') },
    { id: '> /dev/null', argv: ours('show', '--json'), pipe: false },
    { id: 'show --name', argv: ours('show', '--name', 'getdents64') },
    { id: 'show --pid', argv: ours('show', '--pid', String(pid)) },
    { id: 'check', argv: ours('check') },
  ];
  await compare(`${SMALL_BYTES / 1e6} MB`, await repeated(directory, 'small.strace', SMALL_BYTES), small);
  await compare(`${LARGE_BYTES / 1e6} MB`, await repeated(directory, 'large.strace', LARGE_BYTES), [MAWK, GREP, { id: 'summary', argv: ours('summary') }]);
}

/** The process with the fewest calls: a filter that lets little through. */
async function rarestPid(): Promise<number> {
  const counts = new Map<number, number>();
  for (const pid of (await loadTrace(SAMPLE)).columns.pid) counts.set(pid, (counts.get(pid) ?? 0) + 1);
  return [...counts].sort(([, x], [, y]) => x - y)[0][0];
}

async function compare(title: string, log: string, commands: readonly Command[]): Promise<void> {
  const { size } = statSync(log);
  const figures = new Map(commands.map(({ id }) => [id, { seconds: [], cpuSeconds: [], maxRssMB: 0 }]));
  for (let round = 0; round < ROUNDS; round++) {
    for (const command of shuffled(commands)) await time(command, log, figures.get(command.id)!);
  }
  const mawk = figures.get('mawk')!;
  console.log(`${title} (${(size / 1e6).toFixed(0)} MB), medians of ${ROUNDS} rounds, load ${loadavg()[0].toFixed(1)}`);
  console.log(`  ${''.padEnd(12)} ${'wall s'.padStart(8)} ${'MB/s'.padStart(6)} ${'x mawk'.padStart(7)} ${'CPU s'.padStart(8)} ${'x mawk'.padStart(7)} ${'memory MB'.padStart(10)}`);
  for (const [id, { seconds, cpuSeconds, maxRssMB }] of figures) {
    const wall = median(seconds);
    const cpu = median(cpuSeconds);
    const cells = [
      wall.toFixed(3).padStart(8), (size / 1e6 / wall).toFixed(0).padStart(6), (wall / median(mawk.seconds)).toFixed(2).padStart(7),
      cpu.toFixed(2).padStart(8), (cpu / median(mawk.cpuSeconds)).toFixed(2).padStart(7), (maxRssMB > 0 ? maxRssMB.toFixed(0) : '').padStart(10),
    ];
    console.log(`  ${id.padEnd(12)} ${cells.join(' ')}`.trimEnd());
  }
}

function shuffled<T>(items: readonly T[]): T[] {
  return items.map((item) => ({ item, key: Math.random() })).sort((x, y) => x.key - y.key).map(({ item }) => item);
}

for (const tool of ['mawk', 'grep']) {
  if (spawnSync(tool, ['--version'], { stdio: 'ignore' }).error !== undefined) {
    console.error(`bench:reader compares with ${tool}, which is not installed (package ${tool})`);
    process.exit(2);
  }
}
await main();
