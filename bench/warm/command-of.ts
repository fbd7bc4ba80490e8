/** The command that a log was recorded of. */
import type { Call, Trace, Value } from '../../replay/trace/model.js';

/**
 * Of the first execve that succeeded: the program by the path that it was found under, and its arguments. null where
 * the log has none, not all of it (strace -s cuts long arguments), or bytes that are no UTF-8.
 */
export function commandOf(trace: Pick<Trace, 'calls'>): readonly string[] | null {
  for (const call of trace.calls()) {
    if (call.name === 'execve' && call.ret === 0) return wordsOf(call);
  }
  return null;
}

function wordsOf(call: Call): readonly string[] | null {
  const [path, list] = call.args();
  if (list.type !== 'array' || list.truncated) return null;
  const words = [path, ...list.items.slice(1)].map(text);
  return words.includes(null) ? null : (words as string[]);
}

function text(value: Value): string | null {
  if (value.type !== 'string' || value.truncated) return null;
  try {
    return new TextDecoder('utf-8', { fatal: true, ignoreBOM: true }).decode(value.bytes);
  } catch {
    return null;
  }
}
