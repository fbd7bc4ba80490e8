// clang-format over native/ and test/native/: rewrites, or with --check only says what would change.
import { spawnSync } from 'node:child_process';
import { existsSync, readdirSync } from 'node:fs';
import { join } from 'node:path';
import { packageDir } from './paths.mjs';

const check = process.argv.includes('--check');
const tool = ['clang-format', 'clang-format-14'].find((name) => spawnSync(name, ['--version']).status === 0);
const files = ['native', join('native', 'guest'), join('native', 'latency'), join('native', 'warm'), join('test', 'native')].filter((dir) => existsSync(join(packageDir, dir)))
  .flatMap((dir) => readdirSync(join(packageDir, dir)).map((name) => join(dir, name)))
  .filter((name) => /\.(h|cc|c)$/.test(name));

if (tool === undefined) {
  console.log('SKIPPED: clang-format is not installed, the C++ layout was not checked (Debian, Ubuntu: apt-get install clang-format)');
} else {
  const run = spawnSync(tool, check ? ['--dry-run', '-Werror', ...files] : ['-i', ...files], { cwd: packageDir, stdio: 'inherit' });
  if (run.status === 0) console.log(`clang-format: ${files.length} files ${check ? 'are' : 'now'} as .clang-format wants them`);
  else console.error('clang-format: run `npm run format`');
  process.exitCode = run.status ?? 1;
}
