/** Reads a snapshot that lies beside a log. Nothing of it decides where anything is written: contents are asked for by path. */
import { createHash } from 'node:crypto';
import { closeSync, constants, fstatSync, openSync, readSync } from 'node:fs';
import { UringReplayError } from '../../replay/errors.js';
import type { ContentSource } from '../../replay/world/tree/content.js';
import { printable } from '../../replay/world/tree/place.js';
import { MANIFEST_NAME, SNAPSHOT_SCHEMA, snapshotFileOf, type Manifest } from './format.js';
import { readMembers, type Member } from './members.js';

const CHUNK_BYTES = 1 << 20;
const MANIFEST_BYTES_MAX = 256 * 2 ** 20;

/** How many of the tree's files that are not empty have their real content. */
export interface ContentCount {
  readonly files: number;
  readonly fromSnapshot: number;
}

class Snapshot implements ContentSource {
  readonly #file: string;
  readonly #fd: number;
  readonly #members = new Map<string, Member & { readonly digest: string }>();
  #files = 0;
  #fromSnapshot = 0;

  /** Throws UR_BAD_SNAPSHOT for a file that is damaged, no snapshot, or that of another log. */
  constructor(file: string, fd: number, logDigest: string) {
    this.#file = file;
    this.#fd = fd;
    const stat = fstatSync(fd);
    if (!stat.isFile()) throw this.#bad('it is not a regular file');
    const read = (position: number, bytes: number): Buffer => this.#read(position, bytes);
    const members = readMembers(read, stat.size, (reason) => this.#bad(reason));
    const { digests } = this.#manifest(members.get(MANIFEST_NAME), logDigest);
    for (const [path, digest] of digests) {
      const member = members.get(path.slice(1));
      if (member === undefined) throw this.#bad(`its manifest names ${printable(path)}, which is not in it`);
      this.#members.set(path, { ...member, digest });
    }
  }

  pieces(name: string, size: number): Iterable<Buffer> | null {
    this.#files++;
    const member = this.#members.get(name);
    if (member?.size !== size) return null;
    this.#fromSnapshot++;
    return this.#content(name, member);
  }

  /** Of the files asked for so far. */
  get count(): ContentCount {
    return { files: this.#files, fromSnapshot: this.#fromSnapshot };
  }

  close(): void {
    closeSync(this.#fd);
  }

  *#content(name: string, { position, size, digest }: Member & { readonly digest: string }): Generator<Buffer, void> {
    const hash = createHash('sha256');
    for (let done = 0; done < size; ) {
      const piece = this.#read(position + done, Math.min(size - done, CHUNK_BYTES));
      hash.update(piece);
      done += piece.length;
      if (done === size && hash.digest('hex') !== digest) throw this.#bad(`the content of ${printable(name)} is damaged`);
      yield piece;
    }
  }

  #manifest(member: Member | undefined, logDigest: string): Manifest {
    if (member === undefined) throw this.#bad('it holds no manifest, so `record --snapshot` did not write it to its end');
    if (member.size > MANIFEST_BYTES_MAX) throw this.#bad('its manifest is too large');
    let manifest: Partial<Manifest> | null;
    try {
      manifest = JSON.parse(this.#read(member.position, member.size).toString()) as Partial<Manifest> | null;
    } catch (error) {
      if (error instanceof UringReplayError) throw error;
      throw this.#bad('its manifest is not JSON');
    }
    if (manifest?.schema !== SNAPSHOT_SCHEMA) throw this.#bad(`its schema is not ${SNAPSHOT_SCHEMA}`);
    if (manifest.logDigest !== logDigest) {
      throw this.#bad(`it belongs to another log (sha256 ${shown(manifest.logDigest)}; this log's is ${shown(logDigest)})`);
    }
    const { digests } = manifest;
    if (!Array.isArray(digests) || !digests.every((pair: unknown) => Array.isArray(pair) && pair.length === 2 && pair.every((text) => typeof text === 'string'))) {
      throw this.#bad('its manifest does not say what is in it');
    }
    return manifest as Manifest;
  }

  /** A buffer of its own with exactly so many bytes. */
  #read(position: number, bytes: number): Buffer {
    const buffer = Buffer.allocUnsafeSlow(bytes);
    try {
      for (let have = 0; have < bytes; ) {
        const count = readSync(this.#fd, buffer, have, bytes - have, position + have);
        if (count === 0) throw this.#bad('it is cut off');
        have += count;
      }
    } catch (error) {
      if (error instanceof UringReplayError) throw error;
      throw this.#bad((error as NodeJS.ErrnoException).code ?? String(error));
    }
    return buffer;
  }

  #bad(reason: string): UringReplayError {
    return badSnapshot(this.#file, reason);
  }
}

/** The snapshot beside a log, to be closed; null where there is none. `logDigest`: Trace.digest. Throws UR_BAD_SNAPSHOT. */
export function openSnapshot(log: string, logDigest: string): Snapshot | null {
  if (log === '-') return null;
  const file = snapshotFileOf(log);
  let fd: number;
  try {
    fd = openSync(file, constants.O_RDONLY | constants.O_NONBLOCK | constants.O_NOCTTY);
  } catch (error) {
    const { code } = error as NodeJS.ErrnoException;
    if (code === 'ENOENT' || code === 'ENOTDIR' || code === 'ENAMETOOLONG') return null;
    throw badSnapshot(file, code ?? String(error));
  }
  try {
    return new Snapshot(file, fd, logDigest);
  } catch (error) {
    closeSync(fd);
    throw error;
  }
}

function badSnapshot(file: string, reason: string): UringReplayError {
  return new UringReplayError(
    'UR_BAD_SNAPSHOT',
    `${file}: not the snapshot of this log: ${reason}`,
    'Remove that file (contents are generated then), or record the program again with --snapshot.',
  );
}

function shown(digest: unknown): string {
  return typeof digest === 'string' ? `${digest.slice(0, 12)}...` : 'missing';
}
