/** What `record` did, as text. */
import type { Recorded } from '../../bench/record/record.js';
import { snapshotFileOf, type LeftOutReason, type SnapshotSummary } from '../../bench/snapshot/format.js';
import { recordingFileOf } from '../../bench/record/recording.js';
import { mebibytes } from '../../replay/world/tree/measure.js';
import { printable } from '../../replay/world/tree/place.js';
import { count, durationWithInterval } from './units.js';

/** Files left out that are shown; the archive names them all. */
const LEFT_OUT_SHOWN = 5;

const WHY: Readonly<Record<LeftOutReason, string>> = {
  limit: 'beyond --max-snapshot-size',
  unreadable: 'not readable',
  special: 'not a regular file, or one of the kernel',
  vanished: 'not there any more',
  changed: 'not as long as the log shows',
};

/** `log`: where it was written. Ends with what to do next. */
export function recordedText(log: string, { recording, ended, logBytes, snapshot }: Recorded): string {
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
  if (snapshot !== undefined) lines.push(...snapshotLines(snapshotFileOf(log), snapshot));
  lines.push(`Next: uring-replay run ${log}`);
  return lines.join('\n') + '\n';
}

function snapshotLines(file: string, { files, bytes, leftOut }: SnapshotSummary): string[] {
  const lines = [`${file}: ${count(files)} ${files === 1 ? 'file' : 'files'}, ${mebibytes(bytes)}; ${count(leftOut.length)} left out`];
  for (const { path, size, reason } of leftOut.slice(0, LEFT_OUT_SHOWN)) lines.push(`  ${printable(path)} (${mebibytes(size)}): ${WHY[reason]}`);
  const more = leftOut.length - LEFT_OUT_SHOWN;
  if (more > 0) lines.push(`  and ${count(more)} more (listed in its member .uring-replay-snapshot)`);
  return lines;
}
