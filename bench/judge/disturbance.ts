/** What else went on while the rounds ran: load of the machine and time that a hypervisor took away. */
import { readText } from '../host.js';

export interface Disturbance {
  /** Runnable tasks, mean of the last minute, before the rounds. */
  readonly loadBefore: number;
  readonly loadAfter: number;
  /** Per cent of all CPU time of the rounds that the hypervisor gave to others; null where not told. */
  readonly stealPercent: number | null;
}

interface CpuTime {
  readonly total: number;
  readonly steal: number;
}

/** Call before the rounds; the function it returns, after them. */
export function watchDisturbance(proc = '/proc'): () => Disturbance {
  const loadBefore = load(proc);
  const before = cpuTime(proc);
  return () => {
    const after = cpuTime(proc);
    const total = after !== null && before !== null ? after.total - before.total : 0;
    return {
      loadBefore,
      loadAfter: load(proc),
      stealPercent: total > 0 ? (100 * (after!.steal - before!.steal)) / total : null,
    };
  };
}

function load(proc: string): number {
  return Number(readText(`${proc}/loadavg`)?.split(' ')[0] ?? 0);
}

/** First line of /proc/stat, clock ticks: user nice system idle iowait irq softirq steal (proc_stat(5)). */
function cpuTime(proc: string): CpuTime | null {
  const fields = /^cpu +(.*)$/m.exec(readText(`${proc}/stat`) ?? '')?.[1]?.split(' ').map(Number);
  if (fields === undefined || fields.length < 8) return null;
  return { total: fields.slice(0, 8).reduce((sum, ticks) => sum + ticks, 0), steal: fields[7] };
}
