/**
 * Path walking as path_resolution(7) describes it, over a table of symlinks. Paths are absolute, one char
 * per byte (latin1).
 */

/** MAXSYMLINKS of the kernel (include/linux/namei.h): following more links in one walk is ELOOP. */
export const LINKS_MAX = 40;
/** NAME_MAX: longer components cannot exist on any Linux file system. */
export const NAME_BYTES_MAX = 255;
/** Names that a path of PATH_MAX bytes has room for. */
export const DEPTH_MAX = 2048;

const SLASH = 0x2f;

/** Components in reverse order (so that pop() yields the next), without empty ones and `.`. */
export function componentsReversed(path: string): string[] {
  const parts = path.split('/');
  const reversed: string[] = [];
  for (const part of parts.reverse()) {
    if (part !== '' && part !== '.') reversed.push(part);
  }
  return reversed;
}

/** Whether a slash ends the path: a last symlink is followed then, whatever the call's flags say. */
export function endsInSlash(path: string): boolean {
  return path.charCodeAt(path.length - 1) === SLASH;
}

/** Whether the end of the path forces its last component to be a directory: `a/`, `a/.`. */
export function endsAsDirectory(path: string): boolean {
  return endsInSlash(path) || path.endsWith('/.');
}

/**
 * Where `path` leads, with every symlink in `linkOf` followed; the last component only when `follow` or
 * when the path ends as a directory. Components that are not links count as directories.
 * `onUp` is called for each `..` (at the root it stays there). Returns null for a relative path and where more than 40 links would have to be followed.
 */
export function canonicalPath(
  path: string,
  follow: boolean,
  linkOf: (canonical: string) => string | undefined,
  onUp?: (atRoot: boolean) => void,
): string | null {
  if (!path.startsWith('/')) return null;
  const followLast = follow || endsAsDirectory(path);
  const rest = componentsReversed(path);
  let current = '';
  let links = 0;
  for (let name = rest.pop(); name !== undefined; name = rest.pop()) {
    if (name === '..') {
      onUp?.(current === '');
      current = current.slice(0, Math.max(0, current.lastIndexOf('/')));
      continue;
    }
    const next = `${current}/${name}`;
    const target = rest.length > 0 || followLast ? linkOf(next) : undefined;
    if (target === undefined) {
      current = next;
      continue;
    }
    if (++links > LINKS_MAX) return null;
    if (target.startsWith('/')) current = '';
    rest.push(...componentsReversed(target));
  }
  return current === '' ? '/' : current;
}

/** An empty component, `.` or `..`, or a slash at the end. */
const IRREGULAR = /\/(?:\/|\.\.?(?:\/|$)|$)/;

/** Whether `path` is absolute, and its own canonical path where no symlink is on the way. */
export function isRegular(path: string): boolean {
  return path.startsWith('/') && path.length > 1 && !IRREGULAR.test(path);
}

/** canonicalPath() of many paths over symlinks that stay as they are. Where a directory leads is found once for paths in a row. */
export class CanonicalPaths {
  readonly #linkOf: (canonical: string) => string | undefined;
  #directory = '';
  #leadsTo: string | null = '';

  constructor(linkOf: (canonical: string) => string | undefined) {
    this.#linkOf = linkOf;
  }

  /** Of a regular path; a last symlink is not followed. */
  ofEntry(path: string): string | null {
    const end = path.lastIndexOf('/');
    if (end !== this.#directory.length || !path.startsWith(this.#directory)) {
      this.#directory = path.slice(0, end);
      this.#leadsTo = end === 0 ? '' : canonicalPath(this.#directory, true, this.#linkOf);
    }
    const leadsTo = this.#leadsTo;
    if (leadsTo === null || leadsTo === this.#directory) return leadsTo === null ? null : path;
    return leadsTo === '/' ? path.slice(end) : leadsTo + path.slice(end);
  }
}
