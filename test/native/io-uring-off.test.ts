import assert from 'node:assert/strict';
import { rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { after, test } from 'node:test';
import { fileURLToPath } from 'node:url';
import type { ProbeReport } from '../../replay/engine.js';
import { PACKAGE_DIR, runBinary, RUNNER } from './binaries.js';
import { everyCall, makeTree, program } from './programs.js';

const tree = makeTree();
after(() => { rmSync(tree, { recursive: true }); });
const deny = join(tree, 'deny-io-uring');
const compiled = runBinary('cc', ['-O1', '-o', deny, join(PACKAGE_DIR, 'test', 'native', 'deny-io-uring.c')]);
const filters = compiled.status === 0 && runBinary(deny, ['EPERM', 'true']).status === 0;
const skip = filters ? false : 'no C compiler, or seccomp filters are not permitted here';

for (const errno of ['EPERM', 'ENOSYS'] as const) {
  test(`io_uring refused with ${errno}: the probe says why, serial works, ring is a typed error`, { skip }, () => {
    const probed = runBinary(deny, [errno, RUNNER, '--probe']);
    const probe = JSON.parse(probed.stdout) as ProbeReport;
    assert.equal(probe.available, false);
    assert.equal(probe.errno, errno);
    assert.match(probe.cause ?? '', /seccomp/);
    assert.ok((probe.remedy ?? '').length > 0);

    const file = join(tree, 'program.bin');
    writeFileSync(file, program(everyCall(tree)));
    assert.equal(runBinary(deny, [errno, RUNNER, file]).status, 0);
    const ring = runBinary(deny, [errno, RUNNER, file, '--engine', 'ring']);
    assert.equal(ring.status, 2);
    assert.match(ring.stderr, new RegExp(`UR_NO_URING: io_uring is not available: io_uring_setup failed with ${errno}`));
    assert.match(ring.stderr, /remedy: /);

    const addon = runBinary(deny, [errno, process.execPath, '--input-type=module', '-e', `
      import { readFileSync } from 'node:fs';
      const { loadNative } = await import(${JSON.stringify(fileURLToPath(new URL('../../replay/native.js', import.meta.url)))});
      const replay = loadNative().create(readFileSync(${JSON.stringify(file)}), { engine: 'ring' });
      await replay.run(1).catch((error) => console.log(error.name, error.code, error.remedy !== null));`]);
    assert.equal(addon.stdout.trim(), 'UringReplayError UR_NO_URING true', addon.stderr);
  });
}
