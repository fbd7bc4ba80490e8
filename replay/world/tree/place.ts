/**
 * Paths of a tree on disk. Names are bytes, kept as latin1 strings; trees may be deeper than PATH_MAX, so that a
 * path that grows too long continues from a descriptor of its directory, by way of /proc/self/fd.
 */
import { Buffer } from 'node:buffer';
import { closeSync, constants, openSync } from 'node:fs';

/** Paths passed to the kernel stay below PATH_MAX (4096) with a name of 255 bytes behind them. */
const REBASE_BYTES = 3500;

/** A path as node:fs takes it: bytes that are not ASCII must not be taken for UTF-8. */
export type FsPath = string | Buffer;

// eslint-disable-next-line no-control-regex -- the ASCII range
const ASCII = /^[\x00-\x7f]*$/;

export function fsPath(latin1: string): FsPath {
  return ASCII.test(latin1) ? latin1 : Buffer.from(latin1, 'latin1');
}

/** A path as users give it to one char per byte. */
export function bytesOf(path: string): string {
  return ASCII.test(path) ? path : Buffer.from(path, 'utf8').toString('latin1');
}

/** One char per byte to something fit for a message. */
export function printable(latin1: string): string {
  const text = Buffer.from(latin1, 'latin1').toString('utf8');
  // eslint-disable-next-line no-control-regex -- control characters must not reach a terminal
  return (text.includes('\ufffd') ? latin1 : text).replace(/[\x00-\x1f\x7f-\x9f]/g, (c) => `\\x${c.charCodeAt(0).toString(16).padStart(2, '0')}`);
}

/** A directory on disk that can be descended from. */
export class Place {
  /** What to put before `/name`. */
  readonly prefix: string;
  readonly #fd: number | null;

  /** `path` leads to the directory itself, never to a symlink. */
  constructor(path: string) {
    if (path.length <= REBASE_BYTES) {
      this.prefix = path;
      this.#fd = null;
    } else {
      this.#fd = openSync(fsPath(path), constants.O_RDONLY | constants.O_DIRECTORY | constants.O_NOFOLLOW);
      this.prefix = `/proc/self/fd/${this.#fd}`;
    }
  }

  /** The path of an entry. */
  entry(name: string): string {
    return `${this.prefix}/${name}`;
  }

  /** Something node:fs can use for the directory itself; `/.` makes a magic link lead into it. */
  self(): FsPath {
    return fsPath(this.#fd === null ? this.prefix : `${this.prefix}/.`);
  }

  close(): void {
    if (this.#fd !== null) closeSync(this.#fd);
  }
}
