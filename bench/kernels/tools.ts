/** The other programs that this needs, and how to get each. */
import { spawn } from 'node:child_process';
import { accessSync, constants } from 'node:fs';
import { delimiter, join } from 'node:path';
import { UringReplayError } from '../../replay/errors.js';

const PACKAGES: Readonly<Record<string, string>> = {
  'qemu-system-x86_64': 'Debian, Ubuntu: apt-get install qemu-system-x86; Fedora: dnf install qemu-system-x86-core; Arch: pacman -S qemu-system-x86; Alpine: apk add qemu-system-x86_64',
  mke2fs: 'package e2fsprogs (every distribution)',
  'mkfs.xfs': 'package xfsprogs (every distribution)',
  'mkfs.btrfs': 'package btrfs-progs (Fedora, Arch, Debian 11+)',
  xz: 'Debian, Ubuntu: apt-get install xz-utils; elsewhere package xz',
  zstd: 'package zstd (every distribution)',
  'apt-get': 'it comes with Debian and Ubuntu; elsewhere name a kernel by file: --kernel ./linux-image.deb or --kernel ./bzImage,MODULES_DIR',
  'apt-cache': 'it comes with Debian and Ubuntu; elsewhere name a kernel by file',
  'dpkg-deb': 'package dpkg (every distribution has it)',
};

/** /usr/sbin is often not in an ordinary user's PATH, but mke2fs is there. */
const EXTRA_DIRS = ['/usr/local/sbin', '/usr/sbin', '/sbin'];

/** The program's path, or null. */
export function findTool(name: string): string | null {
  for (const dir of [...(process.env['PATH'] ?? '').split(delimiter), ...EXTRA_DIRS]) {
    if (dir === '') continue;
    const file = join(dir, name);
    try {
      accessSync(file, constants.X_OK);
      return file;
    } catch {
      continue;
    }
  }
  return null;
}

/** Throws UR_TOOL_MISSING naming the package. */
export function needTool(name: string): string {
  const found = findTool(name);
  if (found !== null) return found;
  throw new UringReplayError('UR_TOOL_MISSING', `${name} is not installed`, PACKAGES[name] ?? null);
}

export interface ToolOptions {
  readonly cwd?: string;
  readonly env?: NodeJS.ProcessEnv;
  readonly timeoutMs?: number;
  /** Do not throw on a non-zero status. */
  readonly tolerant?: boolean;
  /** Gets all of standard error at the end. */
  readonly onError?: (text: string) => void;
}

/** Runs a tool to its end; its standard output. Throws UR_TOOL_FAILED with the last lines of its standard error. */
export async function runTool(name: string, args: readonly string[], options: ToolOptions = {}): Promise<Buffer> {
  const child = spawn(needTool(name), args, {
    stdio: ['ignore', 'pipe', 'pipe'],
    timeout: options.timeoutMs ?? 600_000,
    env: { ...process.env, LC_ALL: 'C', ...options.env },
    ...(options.cwd === undefined ? {} : { cwd: options.cwd }),
  });
  const out: Buffer[] = [];
  const err: Buffer[] = [];
  child.stdout.on('data', (chunk: Buffer) => out.push(chunk));
  child.stderr.on('data', (chunk: Buffer) => err.push(chunk));
  const status = await new Promise<string>((resolve, reject) => {
    child.on('error', reject);
    child.on('close', (code, signal) => { resolve(signal ?? String(code)); });
  });
  options.onError?.(Buffer.concat(err).toString('utf8'));
  if (status !== '0' && options.tolerant !== true) {
    const tail = Buffer.concat(err).toString('utf8').trim().split('\n').slice(-4).join('\n  ');
    throw new UringReplayError('UR_TOOL_FAILED', `${name} failed (${status}): ${tail}`, `It was called as: ${name} ${args.join(' ')}`);
  }
  return Buffer.concat(out);
}
