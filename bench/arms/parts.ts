/** What an arm replays of a plan: all of it, or the part of it that it can make. */
import { fsPart, type LeftOut } from '../../replay/libuv/subset.js';
import type { Plan } from '../../replay/world/types.js';
import type { Part } from './arms.js';

export interface PartOfPlan {
  readonly program: Uint8Array;
  readonly ops: number;
  /** Op of the part -> call index in the trace. */
  readonly callOf: Uint32Array;
  /** null: nothing, it is the whole. */
  readonly leftOut: readonly LeftOut[] | null;
}

const chosen = new WeakMap<Pick<Plan, 'program'>, PartOfPlan>();

/** Worked out once per plan. */
export function partOf(plan: Pick<Plan, 'program' | 'ops' | 'callOf'>, part: Part | undefined): PartOfPlan {
  if (part === undefined) return { program: plan.program, ops: plan.ops, callOf: plan.callOf, leftOut: null };
  const known = chosen.get(plan);
  if (known !== undefined) return known;
  const { program, ops, opOf, leftOut } = fsPart(plan.program);
  const made = { program, ops, callOf: opOf.map((op) => plan.callOf[op]), leftOut };
  chosen.set(plan, made);
  return made;
}
