/** The boxes of a flame graph as JSON. */
import { UringReplayError } from '../../replay/errors.js';
import { jsonPath, safeJson } from '../analysis/text.js';
import { flameLayout } from './flame-layout.js';
import type { Stack } from '../analysis/stacks.js';
import type { StackMeasure } from './stack-formats.js';

export function flameJson(stacks: readonly Stack[], by: StackMeasure): string {
  const { boxes, total } = flameLayout(stacks, by, 0);
  const rows = boxes.map((box) => ({ frames: box.frames.map(jsonPath), depth: box.depth, left: box.left, width: box.width, calls: box.calls, seconds: box.seconds }));
  return safeJson({ by, total, boxes: rows }) + '\n';
}

/** Throws UR_NO_TIMES: a graph of nothing says nothing. */
export function refuseWithoutTimes(stacks: readonly Stack[]): void {
  if (stacks.some((stack) => stack.seconds > 0)) return;
  throw new UringReplayError('UR_NO_TIMES', 'the log does not say how long calls took', 'Record with -T (strace -f -ttt -T -o LOG COMMAND), or use --by calls.');
}
