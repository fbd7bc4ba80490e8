/** What `record` did, as text. */
import type { Recorded } from '../../bench/record.js';
import { recordingFileOf } from '../../bench/recording.js';
import type { Estimate } from '../../bench/result.js';
import { count, durationWithInterval } from './units.js';

/** `log`: where it was written. Ends with what to do next. */
export function recordedText(log: string, { recording, ended, logBytes }: Recorded): string {
  const lines = [`${log}: ${count(logBytes)} bytes`];
  if (ended.signal !== null) lines.push(`The traced command was killed by ${ended.signal}.`);
  else if (ended.status !== 0) lines.push(`The traced command exited with status ${ended.status ?? 'unknown'}.`);
  if (recording !== null) {
    const ns = (seconds: Estimate): string =>
      durationWithInterval({ median: seconds.median * 1e9, low: seconds.low * 1e9, high: seconds.high * 1e9 });
    lines.push(
      `${recordingFileOf(log)}: untraced, ${recording.runs} ${recording.runs === 1 ? 'run' : 'runs'} with output discarded (medians, 95 % intervals):`,
      `  wall ${ns(recording.wall)}, user ${ns(recording.user)}, system ${ns(recording.system)}`,
    );
  }
  lines.push(`Next: uring-replay run ${log}`);
  return lines.join('\n') + '\n';
}
