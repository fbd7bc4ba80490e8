/** The ops of a part (subset.ts), ready to be made through `fs`: everything that can be worked out before the timed part. */
import { UringReplayError } from '../errors.js';
import { CWD, type CodeName, type OpSpec } from '../plan/format.js';
import { ProgramView } from '../plan/view.js';
import { AT_EMPTY_PATH, AT_SYMLINK_NOFOLLOW } from '../world/constants.js';

/** Which function makes the call: of `fs`, but for process.chdir(). */
export type FsFunction = 'stat' | 'lstat' | 'fstat' | 'access' | 'open' | 'read' | 'readv' | 'close' | 'readlink' | 'statfs' | 'chdir';

export interface FsCall {
  readonly code: CodeName;
  readonly use: FsFunction;
  /** A string, as programs have it, where it is one. Of the descriptor calls: ''. */
  readonly path: string | Buffer;
  readonly slot: number;
  /** Of open. */
  readonly out: number;
  readonly flags: number;
  readonly mode: number;
  /** Of read and readv: what to read into, and where from; null: where the descriptor stands. */
  readonly buffer: Buffer;
  readonly vector: readonly Buffer[];
  readonly position: number | null;
  /** Of read and readlink: bytes at most. */
  readonly length: number;
}

const EMPTY = Buffer.alloc(0);

/** All ops of the part; `scratch` is shared by all reads, as in the other engines. */
export function fsCalls(view: ProgramView): FsCall[] {
  const scratch = Buffer.alloc(view.ioBytesMax);
  return [...view.ops()].map((op) => fsCall(op, scratch));
}

function fsCall(op: OpSpec, scratch: Buffer): FsCall {
  const { code, fd = -1, out = -1, len = 0, b = 0 } = op;
  const use = functionFor(op);
  const positioned = code === 'pread64' || code === 'preadv';
  return {
    code, use, out,
    path: op.path === undefined ? '' : textOr(op.path),
    slot: fd,
    flags: use === 'open' ? (op.a ?? 0) : 0,
    mode: b,
    buffer: use === 'read' ? scratch : EMPTY,
    vector: use === 'readv' ? segments(scratch, len, b) : [],
    position: positioned ? Number(op.off ?? 0) : null,
    length: len,
  };
}

function functionFor({ code, fd, path, a = 0 }: OpSpec): FsFunction {
  switch (code) {
    case 'stat':
    case 'lstat':
    case 'fstat':
    case 'access':
    case 'open':
    case 'close':
    case 'readlink':
    case 'statfs':
    case 'chdir':
      return code;
    case 'newfstatat':
    case 'statx':
      if ((a & AT_EMPTY_PATH) !== 0 && path?.length === 0 && fd !== CWD) return 'fstat';
      return (a & AT_SYMLINK_NOFOLLOW) === 0 ? 'stat' : 'lstat';
    case 'faccessat':
    case 'faccessat2':
      return 'access';
    case 'openat':
      return 'open';
    case 'read':
    case 'pread64':
      return 'read';
    case 'readv':
    case 'preadv':
      return 'readv';
    case 'readlinkat':
      return 'readlink';
    default:
      throw new UringReplayError('UR_BAD_PROGRAM', `fs has no function for ${code}`);
  }
}

function textOr(path: Uint8Array): string | Buffer {
  const bytes = Buffer.from(path);
  const text = bytes.toString('utf8');
  return Buffer.from(text, 'utf8').equals(bytes) ? text : bytes;
}

/** `bytes` in `count` pieces, as Buffers::vector() in native/syscalls.cc. */
function segments(scratch: Buffer, bytes: number, count: number): Buffer[] {
  const each = Math.floor(bytes / Math.max(count, 1));
  return Array.from({ length: count }, (_, i) => scratch.subarray(0, i === count - 1 ? each + (bytes % count) : each));
}
