/**
 * Where each open file is read next: by the log, and in a replay without its lseeks. Where the two differ, a read has to
 * give its position. Every slot is an open file of its own here, since calls that share one (dup) are not in the part.
 */
import { CHECK_VALUE, type OpSpec } from '../plan/format.js';

interface Cursor {
  /** By the log; null: not known any more. */
  position: number | null;
  /** The kernel's own cursor stands there too. */
  together: boolean;
}

export class Cursors {
  readonly #cursors = new Map<number, Cursor>();

  open(slot: number): void {
    this.#cursors.set(slot, { position: 0, together: true });
  }

  /** An lseek that is not made. */
  seek({ fd, check, expect = 0 }: OpSpec): void {
    const cursor = this.#cursors.get(fd ?? -1);
    if (cursor === undefined || Number(expect) < 0) return;
    const to = (check & CHECK_VALUE) !== 0 ? Number(expect) : null;
    cursor.together &&= to !== null && to === cursor.position;
    cursor.position = to;
  }

  /** The call as the part has it; null where it would have to give a position that nobody knows. */
  apply(op: OpSpec): OpSpec | null {
    if (op.out !== undefined) this.open(op.out);
    if (op.code !== 'read' && op.code !== 'readv') return op;
    const cursor = this.#cursors.get(op.fd ?? -1);
    if (cursor === undefined) return null;
    const { position, together } = cursor;
    const got = (op.check & CHECK_VALUE) !== 0 ? Number(op.expect ?? 0) : null;
    cursor.position = position === null || got === null ? null : position + Math.max(got, 0);
    if (together) return op;
    return position === null ? null : { ...op, code: op.code === 'read' ? 'pread64' : 'preadv', off: position };
  }
}
