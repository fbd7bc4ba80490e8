/**
 * Stand-ins: what only a running kernel or the starter of the program has, and what a sandbox puts in its place.
 *
 * - procfs and sysfs: ordinary files, directories and symlinks of the tree that hold what the log read. Their size is
 *   not st_size, and the kernel hands them out in other pieces than an ordinary file (proc(5), seq_file): a read asks
 *   for as many bytes as it got in the log where a longer one would get more.
 * - Descriptors that were open before the program started: an empty file. What asks about the descriptor itself
 *   (fcntl, fstat, dup, close) is replayed on it; what reads, writes or moves its cursor is not.
 */
import type { ProgramBuilder } from '../plan/encode.js';
import { CHECK_SUCCESS } from '../plan/format.js';
import { O_RDONLY } from './constants.js';
import { type Descriptor, OpenFile, replayed, Slot } from './openfile.js';
import type { Paths } from './paths.js';
import { MARKER_NAME } from './tree/marker.js';

interface KernelRead {
  readonly op: number;
  /** Canonical as far as was known at the time. */
  readonly path: string;
  readonly offset: number;
  readonly asked: number;
  readonly got: number;
}

export class StandIns {
  readonly count = { kernelFiles: 0, descriptors: 0 };
  private readonly builder: ProgramBuilder;
  private readonly paths: Paths;
  private readonly reads: KernelRead[] = [];
  private readonly inherited = new Map<number, { readonly slot: Slot; readonly file: OpenFile }>();
  private readonly complete: boolean;

  /** `complete`: the log shows the program's start, so that descriptors that come from nowhere were open before. */
  constructor(builder: ProgramBuilder, paths: Paths, complete: boolean) {
    this.builder = builder;
    this.paths = paths;
    this.complete = complete;
  }

  /** Op `op` read a kernel file. Its length is settled at the end. */
  read(op: number, path: string, offset: number, asked: number, got: number): void {
    this.reads.push({ op, path, offset, asked, got });
  }

  /** What a process inherited at number `fd`; null where the log does not show enough to be sure. */
  inherit(fd: number): Descriptor | null {
    if (!this.complete || fd < 0) return null;
    let known = this.inherited.get(fd);
    if (known === undefined) {
      const slot = new Slot(this.builder.newSlot(), -1, false);
      // Whoever started the program has it too: no close of the log is the last.
      slot.references = 1;
      const path = this.paths.outside(`/${MARKER_NAME}`);
      this.builder.addSetup({ code: 'open', path, a: O_RDONLY, out: slot.index, check: CHECK_SUCCESS, line: 0 });
      known = { slot, file: new OpenFile(null, O_RDONLY) };
      this.inherited.set(fd, known);
    }
    return replayed(known.slot, known.file, false, true);
  }

  /** All is known now: reads that would get more than in the log ask for less. */
  settle(): void {
    const sizes = new Map<string, number>();
    const placed = this.reads.map((read) => ({ ...read, path: this.paths.resolve(read.path, true) }));
    for (const { path, offset, got } of placed) {
      if (got > 0) sizes.set(path, Math.max(sizes.get(path) ?? 0, offset + got));
    }
    for (const { op, path, offset, asked, got } of placed) {
      const left = Math.max(0, (sizes.get(path) ?? 0) - offset);
      if (Math.min(asked, left) !== got) this.builder.setLength(op, got);
    }
  }
}
