// What node-gyp itself needs: a C++ compiler, make and python3. On Debian and Ubuntu make and python3 are
// fetched without root into build/tools when missing; a compiler is not (it is half a distribution).
import { spawnSync } from 'node:child_process';
import { existsSync, readdirSync } from 'node:fs';
import { join } from 'node:path';
import { dependsOn, fetchPackages, haveApt, which } from './apt.mjs';
import { buildDir } from './paths.mjs';

const toolsDir = join(buildDir, 'tools');
const toolsBin = join(toolsDir, 'usr', 'bin');
const installHint = `Install them:
  Debian, Ubuntu: apt-get install g++ make python3
  Fedora, RHEL:   dnf install gcc-c++ make python3
  Alpine:         apk add g++ make python3 linux-headers
  Arch:           pacman -S gcc make python`;

const works = (command, args) => spawnSync(command, args, { stdio: 'ignore' }).status === 0;

// The interpreter of a distribution is split: python3 -> python3.11 -> -minimal, libpython3.11-{minimal,stdlib}.
function fetchPython() {
  const version = dependsOn('python3').map((name) => /^python(3\.\d+)$/.exec(name)?.[1]).find((found) => found !== undefined);
  if (version === undefined) return null;
  const names = [`python${version}-minimal`, `libpython${version}-minimal`, `libpython${version}-stdlib`];
  if (fetchPackages(names, toolsDir) !== null) return null;
  return fetchedPython();
}

function fetchedPython() {
  if (!existsSync(toolsBin)) return null;
  const name = readdirSync(toolsBin).find((file) => /^python3\.\d+$/.test(file));
  const path = name === undefined ? null : join(toolsBin, name);
  return path !== null && works(path, ['-c', 'import json, subprocess, hashlib, ast']) ? path : null;
}

/** `{ make, python }` as paths or names; throws an Error that names what is missing and the packages. */
export function findToolchain() {
  const missing = [];
  if (!works((process.env.CXX ?? 'c++').split(' ')[0], ['--version'])) missing.push('a C++ compiler');
  let make = ['make', join(toolsBin, 'make')].find((tool) => works(tool, ['--version'])) ?? null;
  if (make === null && haveApt() && fetchPackages(['make'], toolsDir) === null) make = join(toolsBin, 'make');
  if (make === null) missing.push('make');
  let python = ['python3', 'python'].find((tool) => works(tool, ['-c', 'import sys; sys.exit(sys.version_info < (3, 8))'])) ?? null;
  python ??= fetchedPython() ?? (haveApt() ? fetchPython() : null);
  if (python === null) missing.push('python3');
  if (missing.length > 0) throw new Error(`missing to build the native part: ${missing.join(', ')}.\n${installHint}`);
  return { make, python: which(python) ?? python };
}
