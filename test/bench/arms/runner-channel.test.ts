/** Arms in processes of the real runner: the same answers as the addon's, and an end with the parent. */
import assert from 'node:assert/strict';
import { closeSync, existsSync, readdirSync, readFileSync } from 'node:fs';
import { availableParallelism } from 'node:os';
import { test } from 'node:test';
import { ArmProcess, openProgram } from '../../../bench/arms/arm-process.js';
import { DEFAULTS } from '../../../bench/settings.js';
import { setScene, type Scene } from '../../../bench/scene.js';
import type { EngineOptions } from '../../../replay/engine.js';
import { LANE_RING } from '../../../replay/engine.js';
import { loadNative } from '../../../replay/native.js';
import { loadTrace } from '../../../replay/strace/load.js';
import { PYTHON_STARTUP } from '../real.js';
import { endsWithItsParent } from './killed-parent.js';

const probe = loadNative().probe();
const withoutUring = probe.available ? false : `io_uring is not available here: ${probe.cause ?? ''}`;

async function withArm(options: (scene: Scene) => EngineOptions, use: (arm: ArmProcess, scene: Scene, notes: Readonly<Record<string, unknown>>) => Promise<void>): Promise<void> {
  const scene = await setScene(await loadTrace(PYTHON_STARTUP), { ...DEFAULTS, file: PYTHON_STARTUP });
  const programFd = openProgram(scene.plan.program);
  const arm = new ArmProcess({ id: 'arm', start: scene.start, programFd });
  try {
    const notes = await arm.prepare({ options: options(scene), programBytes: scene.plan.program.length, root: scene.root });
    await use(arm, scene, notes);
  } finally {
    await arm.close();
    closeSync(programFd);
    await scene.remove();
  }
}

test('a serial arm runs, counts, profiles and draws its timeline', async () => {
  await withArm(() => ({ engine: 'serial' }), async (arm, { plan: { ops } }, notes) => {
    assert.deepEqual([notes['engine'], notes['ops'], notes['isolated']], ['serial', ops, true]);
    const report = await arm.run(3);
    assert.ok(report.wallNs instanceof Float64Array && report.cpuNs instanceof Float64Array);
    assert.deepEqual([report.wallNs.length, report.passes, report.syscalls], [3, 3, ops]);
    assert.deepEqual(report.divergences, new Uint32Array(3));
    const { direct, puntedOps, source } = await arm.count();
    assert.equal(Object.values(direct).reduce((sum, n) => sum + n, 0), ops);
    assert.deepEqual([puntedOps, source], [new Uint32Array(), 'none']);
    const profile = await arm.profile();
    assert.ok(profile.length === ops && profile.every((ns) => ns > 0));
    const timeline = await arm.timeline();
    assert.ok(timeline.endNs.every((end, op) => end >= timeline.beginNs[op] && timeline.beginNs[op] >= 0));
    assert.deepEqual([timeline.onRing, timeline.thread], [new Uint8Array(ops), new Uint16Array(ops)]);
  });
});

test('options reach the engine: a ring as it was asked for, a hybrid with its lanes', { skip: withoutUring }, async () => {
  await withArm(() => ({ engine: 'ring', order: 'deps', batch: 8, window: 'barrier', setup: 'default', workers: 3, links: false, direct: false }), async (arm, _, notes) => {
    const told = ['order', 'inFlightMax', 'window', 'workersMax', 'directSlots'].map((name) => notes[name]);
    assert.deepEqual(told, ['deps', 8, 'barrier', 3, 0]);
    assert.deepEqual((await arm.run(2)).divergences, new Uint32Array(2));
  });
  await withArm(({ plan }) => ({ engine: 'hybrid', variant: 'lanes', lanes: new Uint8Array(plan.ops).fill(LANE_RING) }), async (arm) => {
    const { inline, punted } = await arm.count();
    assert.ok(Object.keys({ ...inline, ...punted }).length > 0, 'some calls are requests');
  });
});

/** Thread names with the CPUs that each may use. */
function cpusOfThreads(pid: number): { readonly name: string; readonly cpus: string }[] {
  return readdirSync(`/proc/${pid}/task`).map((task) => {
    const status = readFileSync(`/proc/${pid}/task/${task}/status`, 'latin1');
    return { name: /^Name:\s*(\S+)/m.exec(status)![1], cpus: /^Cpus_allowed_list:\s*(\S+)/m.exec(status)![1] };
  });
}

const withoutSecondCpu = withoutUring !== false ? withoutUring : availableParallelism() < 2 ? 'there is one CPU only' : false;

test('workers run where they were asked to, and the thread that submits on one CPU', { skip: withoutSecondCpu }, async () => {
  for (const affinity of ['same', 'other'] as const) {
    await withArm(() => ({ engine: 'ring', batch: 8, affinity }), async (arm) => {
      await arm.run(1);
      await arm.count(); // on a ring of its own, which must not place them elsewhere
      assert.deepEqual((await arm.run(2)).divergences, new Uint32Array(2));
      const threads = cpusOfThreads(arm.pid!);
      const [own] = threads.filter(({ name }) => !name.startsWith('iou-wrk'));
      const workers = threads.filter(({ name }) => name.startsWith('iou-wrk'));
      assert.match(own.cpus, /^\d+$/);
      assert.ok(workers.length > 0, 'the log has stats, which workers do');
      for (const { cpus } of workers) {
        if (affinity === 'same') assert.equal(cpus, own.cpus);
        else assert.ok(!cpus.split(',').includes(own.cpus), `${cpus} without ${own.cpus}`);
      }
    });
  }
});

test('other CPUs for workers are refused where there is only one', { skip: withoutUring }, async () => {
  const scene = await setScene(await loadTrace(PYTHON_STARTUP), { ...DEFAULTS, file: PYTHON_STARTUP });
  const programFd = openProgram(scene.plan.program);
  const cpu = /^Cpus_allowed_list:\s*(\d+)/m.exec(readFileSync('/proc/self/status', 'latin1'))![1];
  const arm = new ArmProcess({ id: 'arm', start: scene.start, launcher: ['taskset', '-c', cpu], programFd });
  try {
    const request = { options: { engine: 'ring', affinity: 'other' }, programBytes: scene.plan.program.length, root: scene.root } as const;
    await assert.rejects(arm.prepare(request), { code: 'UR_RING_SETUP', message: /no other CPU/ });
  } finally {
    await arm.kill();
    closeSync(programFd);
    await scene.remove();
  }
});

test('renewed, it is another process, which has to be prepared', async () => {
  await withArm(() => ({ engine: 'serial' }), async (arm, { plan: { program }, root }) => {
    const pids = new Set([arm.pid]);
    for (let i = 0; i < 3; i++) {
      const before = arm.pid;
      await arm.renew();
      await assert.rejects(arm.run(1), { code: 'UR_NOT_PREPARED' });
      assert.ok(!existsSync(`/proc/${before}`), 'what answers now was started after the end of the last one');
      await arm.prepare({ options: { engine: 'serial' }, programBytes: program.length, root });
      assert.deepEqual((await arm.run(2)).divergences, new Uint32Array(2));
      pids.add(arm.pid);
    }
    assert.equal(pids.size, 4);
  });
});

test('a process that is killed ends what keeps it, which tells the signal', async () => {
  await withArm(() => ({ engine: 'serial' }), async (arm) => {
    process.kill(arm.pid!, 'SIGKILL');
    await assert.rejects(arm.run(1), { code: 'UR_ARM_DIED', message: /was killed by SIGKILL/ });
  });
});

test('what is wrong has its code', async () => {
  const programFd = openProgram(Buffer.from('no program'));
  const arm = new ArmProcess({ id: 'arm', start: 'direct', programFd });
  try {
    await assert.rejects(arm.run(1), { code: 'UR_NOT_PREPARED' });
    await assert.rejects(arm.prepare({ options: { engine: 'serial' }, programBytes: 11, root: null }), { code: 'UR_BAD_PROGRAM', message: 'the program ends after 10 of 11 bytes' });
    await assert.rejects(arm.prepare({ options: { engine: 'serial' }, programBytes: 10, root: null }), { code: 'UR_BAD_PROGRAM' });
    await assert.rejects(arm.prepare({ options: { engine: 'serial', batch: -1 }, programBytes: 10, root: null }), { code: 'UR_USAGE' });
    await assert.rejects(arm.enter('/no such directory'), { code: 'UR_ROOT' });
  } finally {
    await arm.kill();
    closeSync(programFd);
  }
  await assert.rejects(arm.run(1), { code: 'UR_ARM_DIED' });
});

test('it ends when its parent is killed, whether it waits or is in the middle of a pass', async () => {
  const module = (name: string): string => JSON.stringify(new URL(`../../../${name}`, import.meta.url).href);
  for (const busy of [false, true]) {
    await endsWithItsParent(`
      import { ArmProcess, openProgram } from ${module('bench/arms/arm-process.js')};
      import { resolve } from ${module('replay/world/resolve.js')};
      import { loadTrace } from ${module('replay/strace/load.js')};
      const { program } = resolve(await loadTrace(${JSON.stringify(PYTHON_STARTUP)}), { mode: 'live' });
      const arm = new ArmProcess({ id: 'x', start: 'direct', programFd: openProgram(program) });
      await arm.prepare({ options: { engine: 'serial' }, programBytes: program.length, root: null });
      if (${busy}) void arm.run(1e9).catch(() => {});
      console.log(arm.pid);
      setInterval(() => {}, 1000);
    `);
  }
});
