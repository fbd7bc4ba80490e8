/** Stacks for flame graph tools: folded lines (flamegraph.pl, inferno) and speedscope's own format. */
import { analyse } from '../analysis/analyse.js';
import { Stacks, type Stack } from '../analysis/stacks.js';
import { safeJson, shown } from '../analysis/text.js';
import type { Write } from '../report/write-file.js';

export type StackMeasure = 'calls' | 'time';

const nanoseconds = (stack: Stack): number => Math.round(stack.seconds * 1e9);

export async function stacksOf(log: string, onBytes?: (bytes: number) => void): Promise<readonly Stack[]> {
  const stacks = new Stacks();
  await analyse(log, [stacks], onBytes === undefined ? {} : { onBytes });
  return stacks.result();
}

/** One line per stack, `a;b;c 12`; semicolons and spaces in names become escapes. Time is in nanoseconds. */
export function folded(stacks: readonly Stack[], by: StackMeasure): string {
  const frame = (name: string): string => shown(name).replaceAll(';', '\\x3b');
  return stacks
    .map((stack) => ({ name: stack.frames.map(frame).join(';'), weight: by === 'calls' ? stack.calls : nanoseconds(stack) }))
    .filter(({ weight }) => weight > 0)
    .map(({ name, weight }) => `${name} ${weight}\n`)
    .sort()
    .join('');
}

/** https://www.speedscope.app/file-format-schema.json: one profile by calls, one by time where the log has any. */
export function speedscope(stacks: readonly Stack[], name: string, exporter: string): string {
  const ids = new Map<string, number>();
  const id = (frame: string): number => {
    const known = ids.get(frame);
    if (known !== undefined) return known;
    ids.set(frame, ids.size);
    return ids.size - 1;
  };
  const sorted = stacks.map((stack) => ({ stack, key: stack.frames.join('\0') })).sort((a, b) => (a.key < b.key ? -1 : 1)).map(({ stack }) => stack);
  const profile = (title: string, unit: string, weightOf: (stack: Stack) => number): object | null => {
    const some = sorted.filter((stack) => weightOf(stack) > 0);
    if (some.length === 0) return null;
    const weights = some.map(weightOf);
    const samples = some.map((stack) => stack.frames.map(id));
    return { type: 'sampled', name: title, unit, startValue: 0, endValue: weights.reduce((a, b) => a + b, 0), samples, weights };
  };
  const profiles = [profile('calls', 'none', (stack) => stack.calls), profile('time in calls (under strace)', 'nanoseconds', nanoseconds)].filter((p) => p !== null);
  const frames = Array.from(ids.keys(), (frame) => ({ name: shown(frame) }));
  return safeJson({ $schema: 'https://www.speedscope.app/file-format-schema.json', exporter, name, activeProfileIndex: 0, shared: { frames }, profiles }) + '\n';
}

export async function streamFolded(log: string, write: Write, by: StackMeasure, onBytes?: (bytes: number) => void): Promise<void> {
  write(Buffer.from(folded(await stacksOf(log, onBytes), by)));
}
