// Packages of Debian and Ubuntu without root: apt's own client downloads them (signatures checked as
// always), dpkg-deb unpacks them below build/. Nothing is installed.
import { execFileSync, spawnSync } from 'node:child_process';
import { existsSync, mkdirSync, mkdtempSync, readdirSync, rmSync } from 'node:fs';
import { join } from 'node:path';
import { buildDir } from './paths.mjs';

export const haveApt = () => ['apt-get', 'dpkg-deb'].every((tool) => which(tool) !== null);

export function which(tool) {
  const found = (process.env.PATH ?? '').split(':').map((dir) => join(dir || '.', tool)).find((file) => existsSync(file));
  return found ?? null;
}

// Package lists and cache of our own, for hosts (fresh containers) whose lists are empty and not ours to
// write. Signatures and sources stay the system's.
function privateOptions() {
  const state = join(buildDir, 'apt', 'state');
  const cache = join(buildDir, 'apt', 'cache');
  for (const dir of [join(state, 'lists', 'partial'), join(cache, 'archives', 'partial')]) mkdirSync(dir, { recursive: true });
  return ['-o', `Dir::State=${state}`, '-o', 'Dir::State::status=/var/lib/dpkg/status', '-o', `Dir::Cache=${cache}`,
    '-o', 'APT::Sandbox::User=', '-o', 'Debug::NoLocking=1'];
}

/** Downloads and unpacks `packages` into `dir`. Returns null, or what went wrong. */
export function fetchPackages(packages, dir) {
  mkdirSync(buildDir, { recursive: true });
  const scratch = mkdtempSync(join(buildDir, 'fetch-'));
  try {
    let failure = download(packages, scratch, []);
    if (failure !== null) {
      const options = privateOptions();
      // One broken source among several is no reason to give up: the download itself decides.
      spawnSync('apt-get', [...options, '-qq', 'update'], { stdio: 'ignore', timeout: 180_000 });
      failure = download(packages, scratch, options);
    }
    if (failure !== null) return failure;
    mkdirSync(dir, { recursive: true });
    for (const deb of readdirSync(scratch)) execFileSync('dpkg-deb', ['-x', join(scratch, deb), dir]);
    return null;
  } finally {
    rmSync(scratch, { recursive: true, force: true });
  }
}

function download(packages, cwd, options) {
  const run = spawnSync('apt-get', [...options, '-q', 'download', ...packages], { cwd, encoding: 'utf8', timeout: 180_000 });
  if (run.status === 0 && readdirSync(cwd).length >= packages.length) return null;
  return (run.stderr || run.error?.message || 'apt-get download failed').trim();
}

/** The packages that `name` depends on directly, e.g. python3 -> python3.11-minimal. */
export function dependsOn(name) {
  const plain = spawnSync('apt-cache', ['depends', '--important', name], { encoding: 'utf8' });
  const run = /Depends:/.test(plain.stdout ?? '') ? plain
    : spawnSync('apt-cache', [...privateOptions(), 'depends', '--important', name], { encoding: 'utf8' });
  return [...(run.stdout ?? '').matchAll(/^\s*(?:Pre)?Depends: (\S+)$/gm)].map((match) => match[1]);
}
