import assert from 'node:assert/strict';
import { test } from 'node:test';
import { CHECK_ATTRIBUTE, CHECK_VALUE } from '../../../replay/plan/format.js';
import { replayed, skip } from './inside.js';
import { planOf } from './planof.js';

/** As ls -l and cp -a ask. */
const NONE = `
getxattr("/d/f", "system.posix_acl_access", NULL, 0) = -1 ENODATA (No data available)
lgetxattr("/d/f", "security.selinux", 0x55, 255) = -1 ENODATA (No data available)
listxattr("/d/f", NULL, 0) = 0
llistxattr("/d/f", 0x55, 0) = 0
lgetxattr("/d/gone", "security.selinux", 0x55, 255) = -1 ENOENT (No such file or directory)
openat(AT_FDCWD, "/d/f", O_RDONLY) = 3
fgetxattr(3, "user.\\"x\\"", 0x55, 132) = -1 ENODATA (No data available)
flistxattr(3, NULL, 0) = 0
close(3) = 0
`;

for (const mode of ['sandbox', 'confined'] as const) {
  test(`${mode}: where there was no extended attribute, the replay asks for it, too`, { skip }, async () => {
    const plan = await replayed(NONE, mode);
    assert.deepEqual(plan.ledger, []);
  });
}

test('any answer will do but for paths that are missing; live, the same one', () => {
  const checks = (mode: 'sandbox' | 'live'): number[] => planOf(NONE, { mode }).specs.map(({ check }) => check);
  const [none, value, made] = [CHECK_ATTRIBUTE, CHECK_VALUE, 2];
  assert.deepEqual(checks('sandbox'), [none, none, none, none, value, made, none, none, value]);
  assert.deepEqual(checks('live'), [value, value, value, value, value, made, value, value, value]);
  const { plan } = planOf(NONE);
  assert.ok(plan.tree.root.entries.get('d')?.type === 'dir');
});

test('attributes that the log found are not in the tree, and stay in the ledger', () => {
  const log = `
getxattr("/f", "security.capability", "\\1\\0"..., 20) = 20
listxattr("/f", "user.a\\0", 256) = 7
getxattr("/f", "user.a", 0x55, 1) = -1 ERANGE (Numerical result out of range)
getxattr("/vfat", "user.a", 0x55, 1) = -1 EOPNOTSUPP (Operation not supported)
getxattr("/f", "user."..., 0x55, 1) = -1 ENODATA (No data available)
getxattr("/f", "user.a", 0x55, 9) = ?
setxattr("/f", "user.a", "", 0, 0) = 0
`;
  assert.deepEqual(planOf(log).skipped, [
    '2 getxattr attributes', '3 listxattr attributes', '4 getxattr attributes', '5 getxattr attributes',
    '6 getxattr arguments', '7 getxattr unfinished', '8 setxattr write',
  ]);
});
