/** What the Trace Event Format asks of what we write, and of how slices lie on their threads. */
import assert from 'node:assert/strict';
import { Ajv } from 'ajv';

export interface TraceEvent {
  readonly ph: string;
  readonly name: string;
  readonly cat?: string;
  readonly pid: number;
  readonly tid: number;
  readonly ts: number;
  readonly dur?: number;
  readonly args: Readonly<Record<string, unknown>>;
}

/** Of the kinds of events that we write. */
const SCHEMA = {
  type: 'object',
  required: ['traceEvents', 'displayTimeUnit'],
  properties: {
    displayTimeUnit: { enum: ['ms', 'ns'] },
    otherData: { type: 'object', additionalProperties: { type: 'string' } },
    traceEvents: {
      type: 'array',
      items: {
        type: 'object',
        required: ['ph', 'name', 'pid'],
        properties: { ph: { enum: ['X', 'B', 'E', 'C', 'i', 'M'] }, name: { type: 'string' }, pid: { type: 'integer', minimum: 1 }, tid: { type: 'integer', minimum: 1 }, ts: { type: 'number' }, dur: { type: 'number', minimum: 0 } },
        allOf: [
          { if: { properties: { ph: { const: 'X' } } }, then: { required: ['ts', 'dur', 'tid', 'cat', 'args'] } },
          { if: { properties: { ph: { const: 'B' } } }, then: { required: ['ts', 'tid'] } },
          { if: { properties: { ph: { const: 'C' } } }, then: { required: ['ts', 'args'], properties: { args: { additionalProperties: { type: 'number' } } } } },
          { if: { properties: { ph: { const: 'i' } } }, then: { required: ['ts', 's'], properties: { s: { enum: ['g', 'p', 't'] } } } },
          { if: { properties: { ph: { const: 'M' } } }, then: { required: ['args'], properties: { name: { enum: ['process_name', 'thread_name', 'process_sort_index'] } } } },
        ],
      },
    },
  },
};
const valid = new Ajv({ allowUnionTypes: true, strictRequired: false, strictTypes: false }).compile(SCHEMA);

export function eventsOf(json: Buffer): TraceEvent[] {
  const document = JSON.parse(json.toString()) as { traceEvents: TraceEvent[] };
  assert.ok(valid(document), JSON.stringify(valid.errors));
  return document.traceEvents;
}

export const slices = (events: readonly TraceEvent[]): TraceEvent[] => events.filter((e) => e.ph === 'X' || e.ph === 'B');

/** Begins and ends as complete slices, in the order of their begins; those on one thread must close in the order of a stack. */
export function paired(events: readonly TraceEvent[]): TraceEvent[] {
  const stacks = new Map<string, TraceEvent[]>();
  const ends = new Map<TraceEvent, TraceEvent>();
  for (const event of events) {
    const thread = `${event.pid}/${event.tid}`;
    const stack = stacks.get(thread) ?? [];
    stacks.set(thread, stack);
    if (event.ph === 'B') stack.push(event);
    if (event.ph !== 'E') continue;
    const begin = stack.pop();
    assert.deepEqual([begin?.name, begin?.args], [event.name, event.args], `${thread}: ${event.name} ends inside another`);
    ends.set(begin!, event);
  }
  assert.deepEqual([...stacks.values()].flat(), [], 'these never end');
  return events.filter(({ ph }) => ph !== 'E').map((event) => (event.ph === 'B' ? { ...event, ph: 'X', dur: ends.get(event)!.ts - event.ts } : event));
}

const SLACK = 0.001;

/**
 * Slices of one thread lie one after the other or one inside the other, at most `depth` deep; one that never ended is
 * the last.
 */
export function assertNested(events: readonly TraceEvent[], depth = 1): void {
  const threads = new Map<string, TraceEvent[]>();
  for (const event of slices(events)) {
    const thread = `${event.pid}/${event.tid}`;
    threads.set(thread, [...(threads.get(thread) ?? []), event]);
  }
  for (const [thread, unsorted] of threads) {
    const open: TraceEvent[] = [];
    const endOf = ({ ts, dur }: TraceEvent): number => ts + dur!;
    for (const slice of unsorted.toSorted((a, b) => a.ts - b.ts || (b.dur ?? 0) - (a.dur ?? 0))) {
      while (open.length > 0 && open.at(-1)!.ph === 'X' && endOf(open.at(-1)!) <= slice.ts + SLACK) open.pop();
      const around = open.at(-1);
      assert.ok(around?.ph !== 'B', `${thread}: ${String(around?.name)} never ended but something follows`);
      assert.ok(around === undefined || endOf(slice) <= endOf(around) + SLACK, `${thread}: ${slice.name} at line ${String(slice.args.line)} overlaps ${String(around?.name)}`);
      open.push(slice);
      assert.ok(open.length <= depth, `${thread}: ${slice.name} at line ${String(slice.args.line)} lies inside ${String(around?.name)}`);
    }
  }
}
