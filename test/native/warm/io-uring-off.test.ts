import assert from 'node:assert/strict';
import path from 'node:path';
import { test } from 'node:test';
import { writeFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import type { WarmReport } from '../../../bench/warm/runner.js';
import { PACKAGE_DIR, runBinary, WARM } from '../binaries.js';
import { READ, savePlan, scratch, unknownName } from './plans.js';

const MAIN = fileURLToPath(new URL('../../../src/cli/main.js', import.meta.url));
const dir = scratch();
const deny = path.join(dir, 'deny-io-uring');
const compiled = runBinary('cc', ['-O1', '-o', deny, path.join(PACKAGE_DIR, 'test', 'native', 'deny-io-uring.c')]);
const filters = compiled.status === 0 && runBinary(deny, ['EPERM', 'true']).status === 0;
const skip = filters ? false : 'no C compiler, or seccomp filters are not permitted here';
writeFileSync(path.join(dir, 'file'), 'x'.repeat(1000));
const plan = (): string => savePlan(dir, [{ ...READ, path: path.join(dir, 'file') }, unknownName(dir)]);

for (const errno of ['EPERM', 'ENOSYS'] as const) {
  test(`io_uring refused with ${errno}: threads do it, and it is said once`, { skip }, () => {
    const { status, stdout, stderr } = runBinary(deny, [errno, WARM, '--engine', 'ring', '--report', '-', plan()]);
    assert.deepEqual([status, stderr], [0, '']);
    const report = JSON.parse(stdout) as WarmReport;
    assert.deepEqual([report.engine, report.touched, report.files, report.bytes], ['threads', 2, 1, 1000]);
    assert.match(report.noRing ?? '', new RegExp(`io_uring_setup failed with ${errno}`));
    const told = runBinary(deny, [errno, process.execPath, MAIN, 'warm', '--engine', 'ring', plan(), '--', 'sh', '-c', 'exit 6']);
    assert.equal(told.status, 6);
    assert.equal(told.stderr.match(/No ring: io_uring is not available/g)?.length, 1, told.stderr);
  });
}
