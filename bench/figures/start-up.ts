/** How long commands take from start to end, as ratio. */
import { spawnSync } from 'node:child_process';
import type { Estimate } from '../result/result.js';
import { bootstrapMedian } from '../statistics/bootstrap.js';
import { pairedRatios } from '../statistics/statistics.js';

/** `slow` / `fast`, wall time, over `rounds` turns of both. */
export function startUpRatio(slow: readonly string[], fast: readonly string[], rounds: number): Estimate {
  const wallNs = (command: readonly string[]): number => {
    const begin = process.hrtime.bigint();
    const { status } = spawnSync(command[0], command.slice(1), { stdio: 'ignore' });
    if (status !== 0) throw new Error(`${command.join(' ')}: status ${status ?? 'none'}`);
    return Number(process.hrtime.bigint() - begin);
  };
  const turns = Array.from({ length: rounds }, () => [wallNs(slow), wallNs(fast)]);
  return bootstrapMedian(pairedRatios(turns.map(([s]) => s), turns.map(([, f]) => f)), 1);
}
