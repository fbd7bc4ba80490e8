/** Which file system a directory is on, from /proc/self/mountinfo (proc_pid_mountinfo(5)) or from its magic number. */
import { realpathSync, statfsSync } from 'node:fs';

/** statfs(2), f_type: what is told also where the mounts are not to be seen, as in a chroot. */
const MAGIC: Readonly<Record<number, string>> = {
  0xef53: 'ext2/ext3/ext4',
  0x58465342: 'xfs',
  0x9123683e: 'btrfs',
  0x01021994: 'tmpfs',
  0x794c7630: 'overlay',
  0x65735546: 'fuse',
  0x6969: 'nfs',
  0x2fc12fc1: 'zfs',
  0xf2f52010: 'f2fs',
};

/** 'ext4', 'tmpfs', 'overlay', ...; null when no mount holds `dir`. */
export function fileSystemOf(dir: string, mountinfo: string): string | null {
  let target = dir;
  try {
    target = realpathSync(dir);
  } catch {
    // Named by its last known path.
  }
  let best: { readonly point: string; readonly type: string } | null = null;
  for (const line of mountinfo.split('\n')) {
    // ID parent major:minor root POINT options ... - TYPE source options
    const fields = /^\S+ \S+ \S+ \S+ (\S+) .* - (\S+) /.exec(line);
    if (fields === null) continue;
    const [point, type] = [unescape(fields[1]), fields[2]];
    if (!isWithin(target, point)) continue;
    // Later lines are mounted over earlier ones on the same point.
    if (best === null || point.length >= best.point.length) best = { point, type };
  }
  return best?.type ?? null;
}

/** The same from its magic number; null when it is not one of the common ones. */
export function fileSystemByMagic(dir: string): string | null {
  try {
    return MAGIC[statfsSync(dir).type] ?? null;
  } catch {
    return null;
  }
}

function isWithin(file: string, dir: string): boolean {
  return dir === '/' || file === dir || file.startsWith(`${dir}/`);
}

/** The kernel writes blank, tab, newline and backslash as three octal digits. */
function unescape(text: string): string {
  return text.replace(/\\([0-7]{3})/g, (_, octal: string) => String.fromCharCode(parseInt(octal, 8)));
}
