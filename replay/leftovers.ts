/** What must not outlive this process: removed at its end, and when a signal ends it. */

const SIGNALS = ['SIGINT', 'SIGTERM', 'SIGHUP'] as const;

/** By path. */
const pending = new Map<string, (path: string) => void>();

function removePending(): void {
  for (const [path, remove] of pending) {
    pending.delete(path);
    try {
      remove(path);
    } catch (error) {
      process.stderr.write(`uring-replay: ${path} could not be removed: ${error instanceof Error ? error.message : String(error)}\n`);
    }
  }
}

/** Whoever else listens to the signal decides when to end; alone, end as without a handler, after removing. */
function onSignal(signal: NodeJS.Signals): void {
  if (process.listenerCount(signal) > 1) return;
  removePending();
  process.off(signal, onSignal);
  process.kill(process.pid, signal);
}

/** Has `remove` take `path` away when this process ends, or when the returned function is called. */
export function removeAtEnd(path: string, remove: (path: string) => void): () => void {
  if (pending.size === 0) {
    process.on('exit', removePending);
    for (const signal of SIGNALS) process.on(signal, onSignal);
  }
  pending.set(path, remove);
  return () => {
    if (!pending.delete(path)) return;
    if (pending.size === 0) {
      process.off('exit', removePending);
      for (const signal of SIGNALS) process.off(signal, onSignal);
    }
    remove(path);
  };
}
