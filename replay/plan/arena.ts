/** The bytes behind a program's path offsets: NUL-terminated, each distinct path stored once. */
import { UringReplayError } from '../errors.js';
import { latin1 } from '../strace/bytes.js';
import { ARENA_BYTES_MAX, checkLimit, PATH_BYTES_MAX } from './limits.js';

export class Arena {
  private bytes = Buffer.allocUnsafeSlow(1 << 16);
  private used = 0;
  private readonly offsets = new Map<string, number>();

  get length(): number {
    return this.used;
  }

  /** Offset of `path` (bytes, or a latin1 string with one char per byte); stores it the first time. */
  intern(path: Uint8Array | string): number {
    const key = typeof path === 'string' ? path : latin1(path);
    const known = this.offsets.get(key);
    if (known !== undefined) return known;
    if (key.includes('\0')) throw new UringReplayError('UR_BAD_PROGRAM', 'a path of the program holds a NUL byte');
    checkLimit('path bytes', key.length, PATH_BYTES_MAX);
    const offset = this.used;
    const end = offset + key.length + 1;
    checkLimit('arena bytes', end, ARENA_BYTES_MAX);
    if (end > this.bytes.length) {
      const grown = Buffer.allocUnsafeSlow(Math.max(end, Math.min(this.bytes.length * 2, ARENA_BYTES_MAX)));
      this.bytes.copy(grown, 0, 0, offset);
      this.bytes = grown;
    }
    this.bytes.write(key, offset, 'latin1');
    this.bytes[end - 1] = 0;
    this.used = end;
    this.offsets.set(key, offset);
    return offset;
  }

  copyTo(target: Uint8Array, at: number): void {
    target.set(this.bytes.subarray(0, this.used), at);
  }
}
