import assert from 'node:assert/strict';
import { test } from 'node:test';
import fc from 'fast-check';
import { Doubts } from '../../../replay/world/doubts.js';
import { direntBytes } from '../../../replay/world/tree/names.js';
import { planOf } from './planof.js';

const LIST = (entries: number, bytes: number): string => `
open("/d", O_RDONLY|O_DIRECTORY) = 3
getdents64(3, 0x1 /* ${entries} entries */, 32768) = ${bytes}
getdents64(3, 0x1 /* 0 entries */, 32768) = 0
close(3) = 0`;

/** Names in /d before the first call; made-up ones count. */
function initialNames(log: string): string[] {
  const { plan } = planOf(log);
  assert.deepEqual(plan.tree.conflicts, []);
  const directory = plan.tree.root.entries.get('d');
  assert.ok(directory?.type === 'dir');
  return [...directory.entries.keys()];
}

test('an open that may have made a file: a listing before and one after tell whether it did', () => {
  for (const flags of ['O_WRONLY|O_CREAT|O_TRUNC', 'O_WRONLY|O_CREAT|O_APPEND']) {
    const touch = `\nopen("/d/name", ${flags}, 0644) = 4\nclose(4) = 0`;
    const there = initialNames(LIST(4, 96) + touch + LIST(4, 96));
    assert.ok(there.length === 2 && there.includes('name'), flags);
    const made = initialNames(LIST(4, 96) + touch + LIST(5, 120));
    assert.ok(made.length === 2 && !made.includes('name'), flags);
    assert.equal(initialNames(touch + LIST(5, 120)).length, 2, flags);
  }
});

test('names in doubt that were there are found by number and bytes', () => {
  fc.assert(fc.property(
    fc.uniqueArray(fc.tuple(fc.stringMatching(/^[a-z]{1,40}$/), fc.boolean()), { selector: ([name]) => name, maxLength: 12 }),
    (names) => {
      const doubts = new Doubts();
      const first = { entries: 40, bytes: 4000 };
      assert.deepEqual(doubts.settle('/d', first), []);
      for (const [name] of names) doubts.add('/d', `/d/${name}`);
      const there = names.filter(([, was]) => was);
      const bytes = there.reduce((sum, [name]) => sum + direntBytes(name.length), 0);
      const found = doubts.settle('/d', { entries: first.entries - there.length, bytes: first.bytes - bytes });
      assert.equal(found.length, there.length);
      assert.equal(found.reduce((sum, path) => sum + direntBytes(path.length - 3), 0), bytes);
      assert.deepEqual(doubts.settle('/d', first), []);
    },
  ));
});
