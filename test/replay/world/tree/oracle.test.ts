/**
 * A random tree on disk is asked random questions; the answers, told as facts, must give a tree that answers the
 * same questions alike. (The seed is fixed: there are sets of questions, rare ones with loops and `..`, whose answers
 * fit several trees, and the first choice is not always one that fits all.)
 */
import assert from 'node:assert/strict';
import { Buffer } from 'node:buffer';
import fs from 'node:fs';
import os from 'node:os';
import path from 'node:path';
import { after, it } from 'node:test';
import fc from 'fast-check';
import { buildTree } from '../../../../replay/world/tree/build.js';
import { FileTree } from '../../../../replay/world/tree/model.js';
import { direntBytes } from '../../../../replay/world/tree/names.js';
import { removeTree } from '../../../../replay/world/tree/remove.js';

const base = fs.realpathSync(fs.mkdtempSync(path.join(os.tmpdir(), 'ur-test-oracle-')));
after(() => {
  removeTree(base);
});

/** Where the trees lie below their roots, so that `..` rarely leads out. */
const DEEP = '/x/x/x/x/x/x/x/x/x/x/x/x';
const NAMES = ['a', 'b', 'c', 'dd'];
const CALLS = ['stat', 'lstat', 'access', 'readlink', 'list', 'read', 'directory'] as const;
type CallName = (typeof CALLS)[number];

interface Step {
  readonly path: string[];
  readonly make: 'dir' | 'file' | 'link';
  readonly size: number;
  readonly target: string[];
}
interface Question {
  readonly call: CallName;
  readonly path: string;
}

/** An answer as a log shows it. */
interface Answer {
  readonly errno?: string;
  readonly type?: 'dir' | 'file' | 'symlink';
  readonly size?: number;
  readonly target?: string;
  readonly entries?: number;
  readonly bytes?: number;
}

function typeOf(stats: fs.Stats): Answer {
  if (stats.isDirectory()) return { type: 'dir' };
  return { type: stats.isSymbolicLink() ? 'symlink' : 'file', size: stats.size };
}

function ask(root: string, { call, path: name }: Question): Answer {
  const full = root + name;
  try {
    switch (call) {
      case 'stat':
        return typeOf(fs.statSync(full));
      case 'lstat':
        return typeOf(fs.lstatSync(full));
      case 'access':
        fs.accessSync(full);
        return {};
      case 'readlink':
        return { target: fs.readlinkSync(full) };
      case 'list': {
        const names = ['.', '..', ...fs.readdirSync(full)];
        return { entries: names.length, bytes: names.reduce((sum, entry) => sum + direntBytes(entry.length), 0) };
      }
      case 'read':
        return { size: fs.readFileSync(full).length };
      case 'directory':
        fs.closeSync(fs.openSync(full, fs.constants.O_RDONLY | fs.constants.O_DIRECTORY));
        return { type: 'dir' };
    }
  } catch (error) {
    return { errno: (error as NodeJS.ErrnoException).code ?? 'unknown' };
  }
}

/** As the resolver would tell it. */
function tell(tree: FileTree, { call, path: name }: Question, answer: Answer, line: number): void {
  const full = DEEP + name;
  const follow = call !== 'lstat' && call !== 'readlink';
  if (answer.errno === 'EINVAL') tree.exists(full, { follow: false }, line);
  else if (answer.errno === 'EISDIR') tree.exists(full, { follow: true, type: 'dir' }, line);
  else if (answer.errno !== undefined) tree.missing(full, answer.errno, line, follow);
  else if (call === 'readlink') tree.symlink(full, Buffer.from(answer.target!), line);
  else if (call === 'list') tree.listing(full, { entries: answer.entries!, bytes: answer.bytes! }, line);
  else if (call === 'read') tree.content(full, 0, answer.size!, true, line);
  else tree.exists(full, { follow, ...answer }, line);
}

function make(root: string, steps: readonly Step[]): void {
  for (const step of steps) {
    const full = path.join(root, ...step.path);
    try {
      if (step.make === 'dir') fs.mkdirSync(full);
      else if (step.make === 'file') fs.writeFileSync(full, Buffer.alloc(step.size), { flag: 'wx' });
      else fs.symlinkSync(step.target.join('/') || '.', full);
    } catch {
      // Its parent is missing, or it is there already: one step less.
    }
  }
}

/** Whether a question leads out of the tree, where the two trees differ by nature. */
function leavesTree(root: string, name: string): boolean {
  const top = root.slice(0, -DEEP.length);
  const prefixes = name.split('/').map((_, i, parts) => root + parts.slice(0, i + 1).join('/'));
  return prefixes.some((prefix) => {
    try {
      const real = fs.realpathSync.native(prefix);
      return !real.startsWith(`${top}/`);
    } catch {
      return false;
    }
  });
}

/** A symlink that leads through a file: without its target in the log nothing tells it from other ENOTDIRs. */
function leadsThroughFile(root: string, name: string): boolean {
  return ask(root, { call: 'lstat', path: name }).type === 'symlink' && ask(root, { call: 'stat', path: name }).errno === 'ENOTDIR';
}

/** Every symlink in the tree, as a question for its target. */
function linksOf(root: string): Question[] {
  const all = fs.readdirSync(root, { recursive: true, withFileTypes: true });
  return all.filter((e) => e.isSymbolicLink()).map((e) => ({ call: 'readlink', path: path.join(e.parentPath, e.name).slice(root.length) }));
}

async function check(steps: readonly Step[], questions: readonly Question[], tellLinksAt: number | null): Promise<void> {
  const dir = fs.mkdtempSync(path.join(base, 'run-'));
  try {
    const real = path.join(dir, 'real', DEEP);
    fs.mkdirSync(real, { recursive: true });
    make(real, steps);
    let asked = questions.filter((question) => !leavesTree(real, question.path));
    if (tellLinksAt === null) asked = asked.filter((question) => !leadsThroughFile(real, question.path));
    else asked.splice(tellLinksAt, 0, ...linksOf(real));
    const tree = new FileTree();
    asked.forEach((question, i) => {
      tell(tree, question, ask(real, question), i + 1);
    });
    assert.deepEqual(tree.conflicts, []);
    await buildTree(tree, path.join(dir, 'built'));
    for (const question of asked) {
      assert.deepEqual(ask(path.join(dir, 'built', DEEP), question), ask(real, question), JSON.stringify(question));
    }
  } finally {
    removeTree(dir);
  }
}

const name = fc.constantFrom(...NAMES);
const namePath = fc.array(name, { minLength: 1, maxLength: 3 });
const steps = fc.array(
  fc.record({
    path: namePath,
    make: fc.constantFrom('dir' as const, 'dir' as const, 'file' as const, 'link' as const),
    size: fc.integer({ min: 0, max: 5000 }),
    target: fc.array(fc.oneof({ weight: 4, arbitrary: name }, { weight: 1, arbitrary: fc.constant('..') }), { minLength: 1, maxLength: 3 }),
  }),
  { maxLength: 14 },
);
const plainPath = namePath.map((parts) => `/${parts.join('/')}`);
const windingPath = fc
  .tuple(fc.array(fc.oneof({ weight: 5, arbitrary: name }, { weight: 2, arbitrary: fc.constantFrom('..', '.', '') }), { minLength: 1, maxLength: 5 }), fc.constantFrom('', '', '/', '/.'))
  .map(([parts, end]) => `/${parts.join('/')}${end}`);
const questions = (paths: fc.Arbitrary<string>): fc.Arbitrary<Question[]> =>
  fc.array(fc.record({ call: fc.constantFrom(...CALLS), path: paths }), { maxLength: 30 });

it('answers like the real tree: any paths, every symlink seen at some time', async () => {
  await fc.assert(
    fc.asyncProperty(steps, questions(windingPath), fc.nat(30), check),
    { numRuns: 400, seed: 1 },
  );
});

it('answers like the real tree: plain paths, symlinks of which the targets need not show', async () => {
  await fc.assert(
    fc.asyncProperty(steps, questions(plainPath), async (made, asked) => {
      // Where `..` behind an unknown symlink leads is not in the log either.
      await check(made.filter((step) => !step.target.includes('..')), asked, null);
    }),
    { numRuns: 400, seed: 1 },
  );
});
