// `npm run build:native`: builds the addon, the static runner and the native test with node-gyp, offline
// where Node's headers are at hand. Does nothing when neither sources nor surroundings have changed.
import { spawnSync } from 'node:child_process';
import { createHash } from 'node:crypto';
import { existsSync, mkdirSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import { join, delimiter, dirname } from 'node:path';
import { findNodeDir } from './headers.mjs';
import { findLiburing } from './liburing.mjs';
import { buildDir, packageDir } from './paths.mjs';
import { canLinkStatically } from './static.mjs';
import { findToolchain } from './toolchain.mjs';

const products = ['uring_replay.node', 'uring-runner', 'uring-latency-fs', 'uring-guest-init', 'uring-warm', 'uring-native-test'].map((name) => join(buildDir, 'Release', name));
/** Of an installed package: what has been built by another Node is compiled for this one (src/bundle/). Without it all works, but slower. */
const codeCache = join(packageDir, 'dist/src/bundle/cache.cjs');
const stampFile = join(buildDir, 'stamp');
const quiet = process.argv.includes('--quiet');

function sources() {
  const parts = ['native', 'native/build', 'native/guest', 'native/latency', 'native/warm', 'test/native'];
  const roots = parts.map((part) => join(packageDir, part));
  const files = roots.filter((root) => existsSync(root)).flatMap((root) => readdirSync(root).map((name) => join(root, name)));
  return [join(packageDir, 'binding.gyp'), ...files.filter((file) => /\.(h|cc|mjs|map)$/.test(file))].sort();
}

function stamp() {
  const hash = createHash('sha256');
  for (const file of sources()) hash.update(file).update('\0').update(readFileSync(file));
  for (const fact of [process.version, process.arch, process.env.LIBURING, process.env.CC, process.env.CXX, process.env.CXXFLAGS]) {
    hash.update(`${fact ?? ''}\0`);
  }
  return hash.digest('hex');
}

function build() {
  if (/\s/.test(packageDir)) throw new Error(`the path ${packageDir} holds a blank, which node-gyp's Makefiles can't bear: move it`);
  const { make, python } = findToolchain();
  const liburing = findLiburing();
  const nodeDir = findNodeDir();
  const nodeGyp = createRequire(import.meta.url).resolve('node-gyp/bin/node-gyp.js');
  const args = [nodeGyp, 'configure', 'build', `--python=${python}`, '--silent'];
  if (nodeDir !== null) args.push(`--nodedir=${nodeDir}`);
  // gyp and its Makefile call `node` and `make` by name.
  const path = [dirname(process.execPath), ...(dirname(make) === '.' ? [] : [dirname(make)]), process.env.PATH].join(delimiter);
  const env = { ...process.env, PATH: path, MAKE: make, PYTHON: python, CFLAGS: process.env.CFLAGS ?? '' };
  if (!quiet) console.log(`native: liburing ${liburing.version} (${liburing.kind}), headers ${nodeDir ?? 'downloaded'}`);
  const run = spawnSync(process.execPath, args, { cwd: packageDir, env, stdio: ['ignore', 'pipe', 'inherit'], encoding: 'utf8' });
  if (!quiet && !canLinkStatically()) {
    console.log('native: uring-runner is not static here (needs liburing.a and a static C library: libc6-dev, glibc-static)');
  }
  if (run.status !== 0) {
    process.stderr.write(run.stdout ?? '');
    throw new Error('node-gyp failed; its messages are above');
  }
}

try {
  const wanted = stamp();
  const fresh = products.every((file) => existsSync(file)) && existsSync(stampFile) && readFileSync(stampFile, 'utf8') === wanted;
  if (!fresh) {
    rmSync(stampFile, { force: true });
    build();
    mkdirSync(buildDir, { recursive: true });
    writeFileSync(stampFile, wanted);
  }
  if (existsSync(codeCache)) spawnSync(process.execPath, [codeCache], { stdio: ['ignore', 'ignore', 'inherit'] });
  if (!quiet) console.log(fresh ? 'native: up to date' : 'native: built build/Release/uring_replay.node, uring-runner, uring-warm, uring-latency-fs and uring-guest-init');
} catch (error) {
  console.error(`native: ${error.message}`);
  process.exitCode = 1;
}
