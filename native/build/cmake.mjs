// `npm run build:cmake`: builds the same sources with cmake-js below build/cmake, for developing.
//
//   node native/build/cmake.mjs                                   everything, compile_commands.json
//   node native/build/cmake.mjs --sanitize address,undefined      everything with sanitizers
//   node native/build/cmake.mjs --target decode-fuzz [--sanitize ...]
import { spawnSync } from 'node:child_process';
import { createRequire } from 'node:module';
import { dirname, join } from 'node:path';
import { parseArgs } from 'node:util';
import { buildDir, packageDir } from './paths.mjs';

const { values } = parseArgs({ options: { sanitize: { type: 'string' }, target: { type: 'string' } } });
const out = join(buildDir, values.sanitize === undefined ? 'cmake' : `cmake-${values.sanitize.replaceAll(',', '-')}`);

if (spawnSync('cmake', ['--version'], { stdio: 'ignore' }).status !== 0) {
  console.error('cmake is not installed (Debian, Ubuntu: apt-get install cmake); only this developers\' build needs it');
  process.exitCode = 1;
} else {
  const cmakeJs = join(dirname(createRequire(import.meta.url).resolve('cmake-js/package.json')), 'bin', 'cmake-js');
  const args = [cmakeJs, 'build', '--directory', packageDir, '--out', out, '--log-level', 'warn'];
  if (values.target !== undefined) args.push('--target', values.target);
  if (values.sanitize !== undefined) args.push(`--CDUR_SANITIZE=${values.sanitize}`);
  const run = spawnSync(process.execPath, args, { cwd: packageDir, stdio: 'inherit' });
  if (run.status === 0) console.log(`native: built below ${out}, with compile_commands.json`);
  process.exitCode = run.status ?? 1;
}
