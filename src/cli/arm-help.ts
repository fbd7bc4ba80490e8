/** What each engine does, for --help. */
import type { EngineName } from '../../replay/engine.js';

export const ARM_HELP: Readonly<Record<EngineName, string>> = {
  serial: 'the calls of the log one by one, as the program made them',
  ring: 'batched through io_uring; what has no opcode is a plain call at its place',
  threads: 'plain calls from several threads, the same plan and orders',
  hybrid: 'on the ring what pays there, the rest as plain calls, by costs measured on this host first',
  mmap: 'a rewrite: files are mapped and their pages touched in place of reads',
  dedup: 'a rewrite: a repeated lookup whose answer cannot have changed is answered once',
  nop: 'the same schedules with nothing to do: the floor, and from it the ceiling of the ring arms',
};
