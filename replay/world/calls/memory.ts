/** mmap: not replayed, but it tells which parts of a file the program sees. */
import { tellMapped } from '../tell.js';
import type { World } from '../world.js';

/** mmap(addr, length, prot, flags, fd, offset) */
export function mmap(w: World): void {
  w.skip('memory');
  if (w.tree.mapped === undefined || !w.succeeded) return; // most trees do not ask
  const fd = w.args.fd(4);
  const entry = fd === null || fd < 0 ? undefined : w.process.fds.get(fd);
  if (entry?.slot == null) return;
  const bytes = w.args.number(1);
  const offset = w.args.number(5);
  if (bytes !== null && offset !== null) tellMapped(w, entry.file, offset, bytes);
}
