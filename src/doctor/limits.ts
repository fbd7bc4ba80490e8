/** Resource limits, and the place where sandboxes are built. */
import { accessSync, constants, statfsSync } from 'node:fs';
import { release, tmpdir } from 'node:os';
import { fail, ok, warn, type Finding } from './finding.js';
import { limit } from './proc.js';

const FILES_MIN = 4096;
/** Enough for rings of the largest size where their memory counts against the limit, before 5.12. */
const MEMLOCK_MIN = 8 * 2 ** 20;
const SPACE_MIN = 2 * 2 ** 30;
/** Magic numbers of statfs(2). */
const FILE_SYSTEMS: Readonly<Record<number, string>> = {
  0x01021994: 'tmpfs', 0xef53: 'ext2/3/4', 0x58465342: 'xfs', 0x9123683e: 'btrfs', 0x794c7630: 'overlayfs',
  0x2fc12fc1: 'zfs', 0xf2f52010: 'f2fs', 0x6969: 'nfs', 0x65735546: 'fuse', 0xca451a4e: 'bcachefs',
};

export function limitFindings(kernel = release()): Finding[] {
  return [openFiles(), ...lockedMemory(kernel), temporarySpace()];
}

function openFiles(): Finding {
  const files = limit('Max open files');
  if (files === null) return ok('open files', 'no limit known');
  const found = `soft ${files.soft}, hard ${files.hard} (a replay raises soft to hard)`;
  return files.hard >= FILES_MIN ? ok('open files', found) : warn('open files', found, `Raise the hard limit (ulimit -Hn ${FILES_MIN}): a trace that holds many files open at once meets it.`);
}

function lockedMemory(kernel: string): Finding[] {
  const [major, minor] = kernel.split('.').map(Number);
  const memory = limit('Max locked memory');
  if (memory === null || major > 5 || (major === 5 && minor >= 12) || memory.soft >= MEMLOCK_MIN) return [];
  return [warn('locked memory', `${memory.soft} bytes; before Linux 5.12 rings count against it`, 'ulimit -l unlimited, or /etc/security/limits.conf')];
}

function temporarySpace(): Finding {
  const dir = tmpdir();
  try {
    accessSync(dir, constants.W_OK | constants.X_OK);
    const { type, bsize, bavail } = statfsSync(dir);
    const free = bsize * bavail;
    const found = `${dir}: ${FILE_SYSTEMS[type] ?? `file system 0x${type.toString(16)}`}, ${(free / 2 ** 30).toFixed(1)} GiB free`;
    if (free >= SPACE_MIN) return ok('sandboxes', found);
    return warn('sandboxes', found, 'Set TMPDIR to a folder with more room; the file tree of a large trace may not fit.');
  } catch (error) {
    return fail('sandboxes', `${dir}: ${(error as NodeJS.ErrnoException).code ?? String(error)}`, 'Set TMPDIR to a folder that exists and that you may write to.');
  }
}
