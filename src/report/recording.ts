/** What `record` did, as text. */
import type { Recorded } from '../../bench/record.js';
import { recordingFileOf } from '../../bench/recording.js';
import { count, durationWithInterval } from './units.js';

/** `log`: where it was written. Ends with what to do next. */
export function recordedText(log: string, { recording, ended, logBytes }: Recorded): string {
  const lines = [`${log}: ${count(logBytes)} bytes`];
  if (ended.signal !== null) lines.push(`The traced command was killed by ${ended.signal}.`);
  else if (ended.status !== 0) lines.push(`The traced command exited with status ${ended.status ?? 'unknown'}.`);
  if (recording !== null) {
    const { wall, user, system } = recording;
    const ns = (middle: number, { low, high }: { readonly low: number; readonly high: number }): string =>
      durationWithInterval({ median: middle * 1e9, low: low * 1e9, high: high * 1e9 });
    lines.push(
      `${recordingFileOf(log)}: untraced, ${recording.runs} ${recording.runs === 1 ? 'run' : 'runs'} with output discarded (95 % intervals):`,
      `  wall ${ns(wall.median, wall)} (median), user ${ns(user.mean, user)}, system ${ns(system.mean, system)} (means)`,
    );
  }
  lines.push(`Next: uring-replay run ${log}`);
  return lines.join('\n') + '\n';
}
