import assert from 'node:assert/strict';
import { closeSync, existsSync, readdirSync } from 'node:fs';
import { after, test } from 'node:test';
import { ArmProcess, openProgram } from '../../../bench/arms/arm-process.js';
import { findIsolation } from '../../../bench/arms/isolation.js';
import { UringReplayError } from '../../../replay/errors.js';
import { ownTmpdir } from '../own-tmpdir.js';
import { endsWithItsParent } from './killed-parent.js';

const main = new URL('../fake-arm-main.js', import.meta.url);

async function withArm<T>(script: string, use: (arm: ArmProcess, programBytes: number) => Promise<T>): Promise<T> {
  const program = Buffer.from(script);
  const programFd = openProgram(program);
  const arm = new ArmProcess({ id: 'ring/trace/32', start: 'direct', programFd, main });
  try {
    return await use(arm, program.length);
  } finally {
    await arm.kill();
    closeSync(programFd);
  }
}

const temporary = ownTmpdir();
after(() => {
  assert.deepEqual(readdirSync(temporary), []);
});

test('an arm process reads the program, prepares, runs, counts and ends', async () => {
  await withArm('12345', async (arm, programBytes) => {
    const notes = await arm.prepare({ options: { engine: 'serial' }, programBytes, root: null });
    assert.equal(notes['threadPool'], '1');
    const report = await arm.run(3);
    assert.ok(report.wallNs instanceof Float64Array);
    assert.equal(report.wallNs.length, 3);
    assert.equal(report.syscalls, 5);
    assert.deepEqual((await arm.count()).direct, { stat: 2 });
    const { pid } = arm;
    await arm.close();
    assert.ok(!existsSync(`/proc/${pid!}`));
    await assert.rejects(arm.run(1), /exited|killed/);
  });
});

test('several arms read the same program', async () => {
  const program = Buffer.from('x'.repeat(100_000));
  const programFd = openProgram(program);
  const arms = [1, 2].map((i) => new ArmProcess({ id: String(i), start: 'direct', programFd, main }));
  for (const arm of arms) {
    await arm.prepare({ options: { engine: 'serial' }, programBytes: program.length, root: null });
    assert.equal((await arm.run(1)).syscalls, 100_000);
  }
  await Promise.all(arms.map((arm) => arm.close()));
  closeSync(programFd);
});

test('an error in the arm keeps its code, message and remedy', async () => {
  await withArm('bad', async (arm, programBytes) => {
    await assert.rejects(arm.prepare({ options: { engine: 'serial' }, programBytes, root: null }), (error) => {
      assert.ok(error instanceof UringReplayError);
      assert.deepEqual([error.code, error.message, error.remedy], ['UR_BAD_PROGRAM', 'op 3: slot 9 of 2', 'Encode it again.']);
      return true;
    });
    await assert.rejects(arm.run(1), { code: 'UR_NOT_PREPARED' });
  });
});

test('a program that is shorter than announced is an error', async () => {
  await withArm('abc', (arm) =>
    assert.rejects(arm.prepare({ options: { engine: 'serial' }, programBytes: 4, root: null }), { code: 'UR_BAD_PROGRAM' }),
  );
});

test('an arm that dies is named, with the signal and its last words', async () => {
  await withArm('crash', async (arm, programBytes) => {
    await arm.prepare({ options: { engine: 'serial' }, programBytes, root: null });
    await assert.rejects(arm.run(1), (error) => {
      assert.ok(error instanceof UringReplayError);
      assert.equal(error.code, 'UR_ARM_DIED');
      assert.match(error.message, /ring\/trace\/32.*SIGSEGV.*"run"[^]*the last words/);
      return true;
    });
  });
});

test('an arm that hangs can be killed, and its request is rejected', async () => {
  await withArm('hang', async (arm, programBytes) => {
    await arm.prepare({ options: { engine: 'serial' }, programBytes, root: null });
    const run = assert.rejects(arm.run(1), { code: 'UR_ARM_DIED' });
    await arm.kill();
    await run;
  });
});

test('a command that cannot be started is an error', async () => {
  const path = process.env['PATH'];
  process.env['PATH'] = '/nowhere';
  try {
    const arm = new ArmProcess({ id: 'serial', start: 'unshare', programFd: null, main });
    await assert.rejects(arm.enter('/'), { code: 'UR_ARM_START' });
    await arm.kill();
  } finally {
    process.env['PATH'] = path;
  }
});

test('an arm process ends when its parent is killed', async () => {
  await endsWithItsParent(`
    import { ArmProcess, openProgram } from ${JSON.stringify(new URL('../../../bench/arms/arm-process.js', import.meta.url).href)};
    const arm = new ArmProcess({ id: 'x', start: 'direct', programFd: openProgram(Buffer.from('hang')), main: new URL(${JSON.stringify(main.href)}) });
    await arm.prepare({ options: { engine: 'serial' }, programBytes: 4, root: null });
    void arm.run(1).catch(() => {});
    console.log(arm.pid);
  `);
});

test('isolation falls back from root to a user namespace to confined paths, and says why', async () => {
  assert.deepEqual(await findIsolation('/allowed', true, main), { mode: 'sandbox', start: 'direct', how: 'chroot as root' });
  const confined = await findIsolation('/forbidden', true, main);
  assert.equal(confined.mode, 'confined');
  assert.match(confined.how, /chroot as root: .*EPERM; chroot in a user namespace: /);
});
