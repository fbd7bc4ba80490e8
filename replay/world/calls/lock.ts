/** fcntl(F_SETLK and the like), flock. A replay is one process and never waits for a lock of its own. */
import { CODE } from '../../plan/format.js';
import { F_GETLK, F_RDLCK, F_SETLK, FLOCK_OPERATIONS, LOCK_EX, LOCK_NB, LOCK_SH, LOCK_TYPES, LOCK_UN, WHENCES } from '../constants.js';
import type { World } from '../world.js';

/** fcntl(fd, F_GETLK | F_SETLK | F_SETLKW, {l_type, l_whence, l_start, l_len}): locks of the process, which are never in its own way. */
export function lockRange(w: World, command: number): void {
  const asks = command === F_GETLK;
  const type = asks ? F_RDLCK : w.args.member(2, 'l_type', LOCK_TYPES); // the log shows the answer
  const whence = w.args.member(2, 'l_whence', WHENCES);
  const start = w.args.member(2, 'l_start');
  const length = w.args.member(2, 'l_len');
  const known = type != null && whence != null && start != null && length != null;
  lock(w, known ? { code: CODE.fcntl_lock, a: asks ? F_GETLK : F_SETLK, b: type | (whence << 16), off: start, len: length } : null);
}

/**
 * flock(fd, operation): locks of an open file description. Those of processes that ended are still held in the replay,
 * so all of them are shared ones.
 */
export function flock(w: World): void {
  const operation = w.args.number(1, FLOCK_OPERATIONS);
  const kind = (operation ?? 0) & (LOCK_SH | LOCK_EX | LOCK_UN);
  const known = operation !== null && (kind === LOCK_SH || kind === LOCK_EX || kind === LOCK_UN);
  lock(w, known ? { code: CODE.flock, a: (kind === LOCK_UN ? LOCK_UN : LOCK_SH) | LOCK_NB, b: 0, off: 0, len: 0 } : null);
}

function lock(w: World, fields: { code: number; a: number; b: number; off: number; len: number } | null): void {
  const outcome = w.writes ? w.outcome() : w.skip('write');
  if (outcome === null) return;
  if (fields === null) {
    w.skip('arguments');
    return;
  }
  const handle = w.handle(0);
  if (handle === null) return;
  if (handle.slot !== null) w.deps.use(handle.slot);
  const op = w.op(fields.code, outcome);
  op.fd = handle.fd;
  op.a = fields.a;
  op.b = fields.b;
  op.off = fields.off;
  op.len = fields.len;
  w.emit(op);
}
