/** Which file system a directory is on, from /proc/self/mountinfo (proc_pid_mountinfo(5)). */
import { realpathSync } from 'node:fs';

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

function isWithin(file: string, dir: string): boolean {
  return dir === '/' || file === dir || file.startsWith(`${dir}/`);
}

/** The kernel writes blank, tab, newline and backslash as three octal digits. */
function unescape(text: string): string {
  return text.replace(/\\([0-7]{3})/g, (_, octal: string) => String.fromCharCode(parseInt(octal, 8)));
}
