// Runs the compiled tests below dist/test with node's own runner. Arguments that are paths or parts of
// paths select files; all others go to node (--test-name-pattern=..., --test-only, ...). `--random` has the
// property tests try cases that no run has tried before.
import { spawnSync } from 'node:child_process';
import { randomInt } from 'node:crypto';
import { existsSync, readdirSync } from 'node:fs';
import { join } from 'node:path';
import { pathToFileURL } from 'node:url';
import { packageDir } from './paths.mjs';

const FILE_MS = 600_000;
const TOTAL_MS = 2_700_000;

const args = process.argv.slice(2);
const random = args.includes('--random');
const options = args.filter((arg) => arg.startsWith('-') && arg !== '--random');
const parts = args.filter((arg) => !arg.startsWith('-'));
const root = join(packageDir, 'dist', 'test');
// What an earlier version compiled may still lie there.
const hasSource = (name) => existsSync(join(packageDir, 'test', name.replace(/\.js$/, '.ts')));
const all = readdirSync(root, { recursive: true }).filter((name) => name.endsWith('.test.js') && hasSource(name)).sort();
const files = all.filter((name) => parts.length === 0 || parts.some((part) => name.includes(part.replace(/^(dist\/)?test\//, '').replace(/\.ts$/, '.js'))));

if (files.length === 0) {
  console.error(`no test matches ${parts.join(' ')} (${all.length} test files in dist/test; run npm run build first)`);
  process.exitCode = 2;
} else {
  const seed = random ? { UR_SEED: String(randomInt(2 ** 31)) } : {};
  if (random) console.log(`UR_SEED=${seed.UR_SEED}`);
  // A test that hangs fails with the name of its file, here and not after hours at whoever waits for it. What a test has
  // started and left behind can still keep the runner from ending, hence the limit for all.
  const [major, minor] = process.versions.node.split('.').map(Number);
  const limit = major > 20 || minor >= 11 ? [`--test-timeout=${FILE_MS}`] : [];
  const preload = pathToFileURL(join(root, 'seed.js')).href;
  const run = spawnSync(process.execPath, ['--enable-source-maps', '--import', preload, '--test', ...limit, ...options, ...files.map((name) => join(root, name))],
    { cwd: packageDir, stdio: 'inherit', timeout: TOTAL_MS, env: { ...process.env, ...seed, NO_COLOR: '1', FORCE_COLOR: '0' } });
  if (run.error !== undefined) console.error(`the tests did not end: ${run.error.message}`);
  process.exitCode = run.status ?? 1;
}
