// Runs the compiled tests below dist/test with node's own runner. Arguments that are paths or parts of
// paths select files; all others go to node (--test-name-pattern=..., --test-only, ...).
import { spawnSync } from 'node:child_process';
import { existsSync, readdirSync } from 'node:fs';
import { join } from 'node:path';
import { packageDir } from './paths.mjs';

const args = process.argv.slice(2);
const options = args.filter((arg) => arg.startsWith('-'));
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
  const run = spawnSync(process.execPath, ['--enable-source-maps', '--test', ...options, ...files.map((name) => join(root, name))],
    { cwd: packageDir, stdio: 'inherit', env: { ...process.env, NO_COLOR: '1', FORCE_COLOR: '0' } });
  process.exitCode = run.status ?? 1;
}
