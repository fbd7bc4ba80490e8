/** What each engine does, for --help. */
import type { EngineName } from '../../replay/engine.js';

export const ARM_HELP: Readonly<Record<EngineName, string>> = {
  serial: 'the calls of the log one by one, as the program made them',
  ring: 'batched through io_uring; what has no opcode is a plain call at its place',
  threads: 'plain calls from several threads, the same plan and orders',
  hybrid: 'on the ring what pays there, the rest as plain calls, by costs measured on this host first',
  mmap: 'a rewrite: files are mapped and their pages touched in place of reads',
  dedup: 'a rewrite: a repeated lookup whose answer cannot have changed is answered once',
  'libuv/promises': 'what of it Node\'s fs.promises can do, on libuv\'s thread pool; beside serial/fs, the same calls natively',
  'libuv/sync': 'the same by fs.*Sync, one after another',
  'libuv/uring': 'as libuv/promises, with UV_USE_IO_URING=1',
  nop: 'the same schedules with nothing to do: the floor, and from it the ceiling of the ring arms',
};
