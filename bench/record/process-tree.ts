/** Ending a command together with what it started. */
import { readdirSync, readFileSync } from 'node:fs';

const GRACE_MS = 2000;

/** Pids of all descendants of `pid`, from the parent column of /proc/PID/stat (proc(5)). */
function descendants(pid: number): number[] {
  const children = new Map<number, number[]>();
  for (const name of readdirSync('/proc')) {
    if (!/^\d+$/.test(name)) continue;
    try {
      const stat = readFileSync(`/proc/${name}/stat`, 'latin1');
      // The name in parentheses may hold anything, also ") ".
      const parent = Number(stat.slice(stat.lastIndexOf(')') + 2).split(' ')[1]);
      children.set(parent, [...(children.get(parent) ?? []), Number(name)]);
    } catch {
      // gone in the meantime
    }
  }
  const found: number[] = [];
  for (let next = [pid]; next.length > 0; ) {
    next = next.flatMap((parent) => children.get(parent) ?? []);
    found.push(...next);
  }
  return found;
}

function kill(pids: readonly number[], signal: NodeJS.Signals): void {
  for (const pid of pids) {
    try {
      process.kill(pid, signal);
    } catch {
      // gone in the meantime
    }
  }
}

/**
 * On abort, SIGTERM to all descendants of `pid`, which is left to notice; SIGKILL to those that are still there after
 * two seconds. Call the result when `pid` has ended.
 */
export function terminateOnAbort(pid: number, signal: AbortSignal | undefined): () => void {
  let timer: NodeJS.Timeout | undefined;
  const terminate = (): void => {
    kill(descendants(pid), 'SIGTERM');
    timer = setInterval(() => {
      kill(descendants(pid), 'SIGKILL');
    }, GRACE_MS);
  };
  if (signal?.aborted === true) terminate();
  else signal?.addEventListener('abort', terminate, { once: true });
  return () => {
    signal?.removeEventListener('abort', terminate);
    clearInterval(timer);
  };
}
