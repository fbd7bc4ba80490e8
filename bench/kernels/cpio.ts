/**
 * Writes the archive that the kernel unpacks as its first root file system: cpio in "newc" form
 * (Documentation/driver-api/early-userspace/buffer-format.rst). Times, inode numbers and owners are
 * fixed, so equal entries give equal bytes.
 */

export interface CpioEntry {
  /** Path without a leading slash; parents come before what is in them. */
  readonly path: string;
  readonly type: 'dir' | 'file' | 'symlink';
  /** Permission bits. */
  readonly mode: number;
  /** Content of a file, target of a symlink. */
  readonly data?: Uint8Array;
}

const TYPE_BITS = { dir: 0o040000, file: 0o100000, symlink: 0o120000 } as const;
const TRAILER = 'TRAILER!!!';
const ALIGN = 4;
/** The format has eight hex digits for a length. */
const FILE_BYTES_MAX = 0xffffffff;

function header(ino: number, mode: number, nlink: number, size: number, nameBytes: number): Buffer {
  // ino mode uid gid nlink mtime filesize devmajor devminor rdevmajor rdevminor namesize check
  const fields = [ino, mode, 0, 0, nlink, 0, size, 0, 0, 0, 0, nameBytes, 0];
  return Buffer.from(`070701${fields.map((f) => f.toString(16).padStart(8, '0')).join('')}`, 'latin1');
}

function padding(bytes: number): Buffer {
  return Buffer.alloc((ALIGN - (bytes % ALIGN)) % ALIGN);
}

function record(ino: number, mode: number, nlink: number, path: string, data: Uint8Array): Buffer[] {
  const name = Buffer.from(`${path}\0`, 'utf8');
  const head = header(ino, mode, nlink, data.length, name.length);
  return [head, name, padding(head.length + name.length), Buffer.from(data.buffer, data.byteOffset, data.length), padding(data.length)];
}

/** The whole archive. Throws RangeError for a path that is absolute, empty or twice there, or data beyond 4 GiB. */
export function cpioArchive(entries: readonly CpioEntry[]): Buffer {
  const seen = new Set<string>();
  const parts: Buffer[] = [];
  entries.forEach((entry, index) => {
    if (entry.path === '' || entry.path.startsWith('/')) throw new RangeError(`not a relative path: '${entry.path}'`);
    if (seen.has(entry.path)) throw new RangeError(`twice in the archive: ${entry.path}`);
    seen.add(entry.path);
    const data = entry.data ?? Buffer.alloc(0);
    if (data.length > FILE_BYTES_MAX) throw new RangeError(`longer than 4 GiB: ${entry.path}`);
    parts.push(...record(index + 1, TYPE_BITS[entry.type] | entry.mode, entry.type === 'dir' ? 2 : 1, entry.path, data));
  });
  parts.push(...record(0, 0, 1, TRAILER, Buffer.alloc(0)));
  return Buffer.concat(parts);
}
