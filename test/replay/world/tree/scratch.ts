/** Temporary directories for tests of the tree. */
import fs from 'node:fs';
import os from 'node:os';
import path from 'node:path';
import { after } from 'node:test';
import { removeTree } from '../../../../replay/world/tree/remove.js';

/** A fresh directory, removed after the tests of the file. */
export function scratch(): string {
  const dir = fs.realpathSync.native(fs.mkdtempSync(path.join(os.tmpdir(), 'ur-test-tree-')));
  after(() => {
    removeTree(dir);
  });
  return dir;
}
