import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { PassCost, Storage } from '../../../bench/conditions/storage.js';
import { CommandArm } from '../../../bench/warm/command-arm.js';
import type { Stage } from '../../../bench/warm/stage.js';

/** A stage whose storage says of each run what `costs` holds, in turn. */
function stage(costs: readonly Partial<PassCost>[]): { readonly stage: Stage; readonly events: string[] } {
  const events: string[] = [];
  let taken = 0;
  const storage: Storage = {
    launcher: [],
    exclusive: false,
    drop: () => Promise.resolve(void events.push('drop')),
    take: () => {
      events.push('take');
      return Promise.resolve({ requests: null, deviceReads: null, deviceBytes: null, ...costs[taken++] });
    },
    doubt: (cost, first) => ((cost.requests?.['lookup'] ?? 0) < (first.requests?.['lookup'] ?? 0) ? 'fewer lookups' : null),
    describe: () => assert.fail(),
    close: () => assert.fail(),
  };
  return { stage: { place: { descendants: true }, storage, close: () => assert.fail() }, events };
}

const lookups = (lookup: number): Partial<PassCost> => ({ requests: { lookup } });

test('cold: everything is dropped before each run, and each is accounted for', async () => {
  const scene = stage([lookups(7), lookups(7)]);
  const arm = new CommandArm('arm', ['true'], { stage: scene.stage, cold: true, alone: null });
  const report = await arm.run(2);
  assert.deepEqual(scene.events, ['drop', 'take', 'drop', 'take']);
  assert.equal(report.wallNs.length, 2);
  assert.ok(report.wallNs.every((ns) => ns > 0));
  assert.deepEqual(arm.costs.map(({ requests }) => requests), [{ lookup: 7 }, { lookup: 7 }]);
});

test('a run that asks for less than the command on its own did was not cold', async () => {
  const scene = stage([lookups(7), lookups(6)]);
  const alone = new CommandArm('alone', ['true'], { stage: scene.stage, cold: true, alone: null });
  const warmed = new CommandArm('warmed', ['true'], { stage: scene.stage, cold: true, alone });
  await alone.run(1);
  await assert.rejects(warmed.run(1), { code: 'UR_NOT_COLD', message: /warmed .* fewer lookups/ });
});

test('of a device it is the bytes that count: larger requests are no sign of a cache', async () => {
  const of = (deviceReads: number, deviceBytes: number): Partial<PassCost> => ({ deviceReads, deviceBytes });
  const scene = stage([of(100, 1000), of(20, 1000), of(20, 400)]);
  const alone = new CommandArm('alone', ['true'], { stage: scene.stage, cold: true, alone: null });
  const warmed = new CommandArm('warmed', ['true'], { stage: scene.stage, cold: true, alone });
  await alone.run(1);
  await warmed.run(1);
  await assert.rejects(warmed.run(1), { code: 'UR_NOT_COLD', message: /400 bytes/ });
});

test('what others asked of the device in one run raises no bar for the next', async () => {
  const of = (deviceReads: number, deviceBytes: number): Partial<PassCost> => ({ deviceReads, deviceBytes });
  const scene = stage([of(300, 9000), of(100, 1000), of(90, 1000), of(40, 400)]);
  const alone = new CommandArm('alone', ['true'], { stage: scene.stage, cold: true, alone: null });
  await alone.run(3);
  const warmed = new CommandArm('warmed', ['true'], { stage: scene.stage, cold: true, alone });
  await assert.rejects(warmed.run(1), { code: 'UR_NOT_COLD', message: /400 bytes, in a cold run without warming 1000/ });
});

test('warm: nothing is dropped, and nothing has to be asked for', async () => {
  const scene = stage([lookups(9), lookups(0), lookups(0), lookups(0)]);
  const arm = new CommandArm('arm', ['true'], { stage: scene.stage, cold: false, alone: null });
  await arm.run(2);
  assert.deepEqual(scene.events, ['take', 'take', 'take', 'take']);
  assert.deepEqual(arm.costs.map(({ requests }) => requests), [{ lookup: 0 }, { lookup: 0 }]);
});

test('every run has to end as the first one of the command on its own did', async () => {
  const { stage: nowhere } = stage([]);
  const alone = new CommandArm('alone', ['sh', '-c', 'exit 3'], { stage: nowhere, cold: false, alone: null });
  await alone.run(1);
  await new CommandArm('same', ['sh', '-c', 'exit 3'], { stage: nowhere, cold: false, alone }).run(1);
  await assert.rejects(new CommandArm('other', ['true'], { stage: nowhere, cold: false, alone }).run(1), { code: 'UR_OTHER_END', message: /other ended with status 0, .* status 3/ });
  await assert.rejects(new CommandArm('killed', ['sh', '-c', 'kill -TERM $$'], { stage: nowhere, cold: false, alone }).run(1), { code: 'UR_OTHER_END', message: /killed ended with SIGTERM/ });
});
