/** 1,000 passes in one arm process leave no descriptor, no memory and no file. */
import assert from 'node:assert/strict';
import { closeSync, readFileSync, readdirSync } from 'node:fs';
import { test } from 'node:test';
import { ArmProcess, openProgram } from '../../bench/arms/arm-process.js';
import { chooseArms } from '../../bench/arms/arms.js';
import { setScene } from '../../bench/scene.js';
import { DEFAULTS } from '../../bench/settings.js';
import { loadNative } from '../../replay/native.js';
import { loadTrace } from '../../replay/strace/load.js';
import { ownTmpdir } from './own-tmpdir.js';
import { PYTHON_STARTUP } from './real.js';

const probe = loadNative().probe();
const temporary = ownTmpdir();
const PASSES = 1000;
/** V8 and malloc settle within this; a leak of one call's 100 bytes would be 89 MB in 1,000 passes of 890 calls. */
const GROWTH_KIB_MAX = 8 * 1024;

const descriptors = (pid: number): number => readdirSync(`/proc/${pid}/fd`).length;
const residentKib = (pid: number): number => Number(/^RssAnon:\s+(\d+)/m.exec(readFileSync(`/proc/${pid}/status`, 'utf8'))?.[1]);

for (const spec of chooseArms({ ...DEFAULTS, batches: [1, 32, 0] })) {
  const skip = spec.options.engine === 'serial' || probe.available ? false : `io_uring is not available here: ${probe.cause ?? ''}`;
  test(`${spec.id}: ${PASSES} passes`, { skip }, async () => {
    const scene = await setScene(await loadTrace(PYTHON_STARTUP), { ...DEFAULTS, file: PYTHON_STARTUP });
    const programFd = openProgram(scene.plan.program);
    const arm = new ArmProcess({ id: spec.id, start: scene.start, programFd });
    try {
      await arm.prepare({ options: spec.options, programBytes: scene.plan.program.length, root: scene.root });
      await arm.run(100);
      const pid = arm.pid!;
      const [fdsBefore, kibBefore, filesBefore] = [descriptors(pid), residentKib(pid), readdirSync(temporary)];
      for (let passes = 0; passes < PASSES; passes += 100) {
        const report = await arm.run(100);
        assert.equal(report.divergences.reduce((sum, n) => sum + n, 0), 0);
      }
      assert.equal(descriptors(pid), fdsBefore, 'descriptors');
      assert.ok(residentKib(pid) - kibBefore < GROWTH_KIB_MAX, `memory grew from ${kibBefore} to ${residentKib(pid)} KiB`);
      assert.deepEqual(readdirSync(temporary), filesBefore, 'temporary files');
    } finally {
      await arm.close();
      closeSync(programFd);
      await scene.remove();
    }
    assert.deepEqual(readdirSync(temporary), []);
  });
}
