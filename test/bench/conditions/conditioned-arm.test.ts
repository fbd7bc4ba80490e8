import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { ArmProcess } from '../../../bench/arms/arm-process.js';
import { ConditionedArm, type ArmDoor, type CacheState } from '../../../bench/conditions/conditioned-arm.js';
import type { PassCost, Storage } from '../../../bench/conditions/storage.js';
import { storageUse } from '../../../bench/conditions/summary.js';
import type { UringReplayError } from '../../../replay/errors.js';
import { fakeReplayer } from '../fake-replayer.js';

/** Everything that happens, in order; `reads`: what the storage says of each pass. */
function scene(reads: readonly number[], exclusive: boolean) {
  const events: string[] = [];
  let [passes, opened] = [0, 0];
  const cost = (deviceReads: number): PassCost => ({ requests: null, deviceReads, deviceBytes: 512 * deviceReads });
  let sinceTake = 0;
  const storage: Storage = {
    launcher: [],
    exclusive,
    drop: () => Promise.resolve(void events.push('drop')),
    take: () => {
      const taken = cost(sinceTake);
      sinceTake = 0;
      return Promise.resolve(taken);
    },
    doubt: (got, first) => (got.deviceReads === first.deviceReads ? null : `${got.deviceReads ?? 0} is not ${first.deviceReads ?? 0}`),
    describe: () => assert.fail(),
    close: () => assert.fail(),
  };
  const door: ArmDoor = {
    id: 'arm',
    open: () => {
      events.push(`open ${++opened}`);
      const replayer = fakeReplayer('arm', (run) => 1000 * run);
      const process = {
        run: (n: number) => {
          events.push(`run ${n}`);
          sinceTake += reads[passes++] ?? 0;
          return replayer.run(n);
        },
        count: () => (events.push('count'), replayer.count()),
        workers: () => null,
      };
      return Promise.resolve({ process: process as unknown as ArmProcess, notes: { opened } });
    },
    close: () => Promise.resolve(void events.push('close')),
  };
  const prepare = (cache: CacheState): Promise<ConditionedArm> => ConditionedArm.prepare(cache, storage, door);
  return { events, prepare };
}

test('cold: everything is dropped before each pass, each pass is accounted for', async () => {
  const { events, prepare } = scene([7, 7, 7], false);
  const arm = await prepare('cold');
  assert.equal(arm.single, true);
  assert.deepEqual(arm.notes, { opened: 1 });
  const report = await arm.run(3);
  await arm.count();
  assert.deepEqual(events, ['open 1', 'drop', 'run 1', 'drop', 'run 1', 'drop', 'run 1', 'drop', 'count']);
  assert.deepEqual([...report.wallNs], [1000, 2000, 3000]);
  assert.equal(report.passes, 3);
  assert.equal(report.voluntarySwitches, 3);
  const seven = { median: 7, min: 7, max: 7 };
  assert.deepEqual(storageUse(arm.costs), { passes: 3, requests: null, deviceReads: seven, deviceBytes: { median: 3584, min: 3584, max: 3584 } });
});

test('cold where nobody may be inside meanwhile: a process for each pass', async () => {
  const { events, prepare } = scene([7, 7], true);
  const arm = await prepare('cold');
  await arm.run(2);
  assert.deepEqual(events, ['open 1', 'close', 'drop', 'open 2', 'run 1', 'close', 'drop', 'open 3', 'run 1', 'close']);
});

test('a pass that cannot be shown to be cold is refused, with its reason', async () => {
  const { prepare } = scene([7, 3], false);
  const arm = await prepare('cold');
  await assert.rejects(arm.run(2), (error: UringReplayError) => {
    assert.equal(error.code, 'UR_NOT_COLD');
    assert.equal(error.message, '--cache cold: a pass of arm cannot be shown to have been cold: 3 is not 7');
    assert.notEqual(error.remedy, null);
    return true;
  });
});

test('warm beside cold: a pass that counts for nothing comes first', async () => {
  const { events, prepare } = scene([9, 4, 9, 4], false);
  const arm = await prepare('warm');
  assert.equal(arm.single, false);
  const report = await arm.run(20);
  assert.equal(report.passes, 20);
  await arm.count();
  assert.deepEqual(events, ['open 1', 'run 1', 'run 20', 'count']);
  assert.deepEqual(arm.costs, [{ requests: null, deviceReads: 0.2, deviceBytes: 4 * 512 / 20 }]);
});

test('the use of the storage: nothing without passes, medians of requests by kind', () => {
  assert.equal(storageUse([]), null);
  const of = (requests: Record<string, number>): PassCost => ({ requests, deviceReads: null, deviceBytes: null });
  assert.deepEqual(storageUse([of({ lookup: 5 }), of({ lookup: 7, read: 2 }), of({ lookup: 6 })]), {
    passes: 3, requests: { lookup: 6, read: 0 }, deviceReads: null, deviceBytes: null,
  });
});
