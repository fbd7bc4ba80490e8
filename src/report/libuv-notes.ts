/** What the arms through Node's own fs are, which calls they leave out, and whether libuv really used a ring. */
import { LEFT_OUT_REASONS } from '../../replay/libuv/subset.js';
import type { ArmResult, ResultDocument } from '../../bench/result/result.js';
import { count, tally } from './units.js';

export function libuvNotes({ arms, trace }: ResultDocument): string[] {
  const arm = arms.find(({ engine }) => engine.startsWith('libuv/'));
  if (arm === undefined) return [];
  return [
    `libuv/* make what Node's own fs can make, ${count(arm.calls)} of ${count(trace.replayed)} calls, and are compared with serial/fs, the same calls natively. ` +
      'JavaScript runs in their timed part: it is the price of that way.',
    arm.syscalls === null
      ? 'How often libuv enters the kernel is not known (-): only the kernel counts that, for root, or where tracefs and kernel.perf_event_paranoid allow it.'
      : "Their syscalls are those of all of Node's threads, counted by the kernel in passes of their own; garbage collection is among them.",
    ...leftOut(arm),
    ...arms.flatMap(ringNote),
  ];
}

function leftOut({ leftOut: entries }: ArmResult): string[] {
  if (entries === null || entries.length === 0) return [];
  const reasons = [...new Set(entries.map(({ reason }) => reason))];
  const lines = reasons.map((reason) => {
    const own = entries.filter((entry) => entry.reason === reason);
    return `  ${LEFT_OUT_REASONS[reason]}: ${tally(Object.fromEntries(own.map(({ syscall, count: n }) => [syscall, n])))}`;
  });
  return [['Left out of serial/fs and libuv/*:', ...lines].join('\n')];
}

function ringNote({ id, engine, calls, engineNotes }: ArmResult): string[] {
  if (engine !== 'libuv/uring') return [];
  const { libuv, ringFunctions, ringRequests } = engineNotes as { libuv?: string; ringFunctions?: readonly string[]; ringRequests?: number };
  if (ringRequests === undefined) return [];
  return [
    `${id}: libuv ${libuv ?? ''} put ${count(ringRequests)} of ${count(calls)} calls into its ring (it does so for ${(ringFunctions ?? []).join(', ')}); the others went to its thread pool.`,
  ];
}
