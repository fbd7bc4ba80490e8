/** A process that owns a sandbox, for sandbox.test.ts: prints its path, then ends as argv[2] says. */
import { FileTree } from '../../../../replay/world/tree/model.js';
import { createSandbox } from '../../../../replay/world/tree/sandbox.js';

const tree = new FileTree();
tree.exists('/etc/passwd', { follow: true, type: 'file', size: 100 }, 1);
tree.exists('/locked', { follow: true, type: 'dir', mode: 0o000 }, 2);
const sandbox = await createSandbox(tree, { keep: process.argv[2] === 'keep' });
const end = process.argv[2];
if (end === 'own-handler') {
  process.on('SIGINT', () => {
    setTimeout(() => {
      process.exit(7);
    }, 50);
  });
}
process.stdout.write(`${sandbox.path}\n`);
if (end === 'throw') throw new Error('on purpose');
if (end === 'wait' || end === 'own-handler') setInterval(() => undefined, 1000);
