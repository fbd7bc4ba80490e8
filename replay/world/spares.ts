/** Descriptors that the replay needs beyond those of the log: numbers for dup2, references for close. */
import type { ProgramBuilder } from '../plan/encode.js';
import { CHECK_SUCCESS } from '../plan/format.js';
import { O_CLOEXEC, O_DIRECTORY, O_PATH } from './constants.js';

/** All of them are open during a whole pass, and RLIMIT_NOFILE is often not far above this. */
const SPARES_MAX = 1 << 16;

export class Spares {
  private readonly builder: ProgramBuilder;
  private readonly root: string;
  private rootSlot = -1;
  private taken = 0;
  private reserved = 0;

  /** `root`: the path of a directory that is always there. */
  constructor(builder: ProgramBuilder, root: string) {
    this.builder = builder;
    this.root = root;
  }

  /**
   * A slot whose closing leaves the file open, as when one process closes what it inherited and another keeps.
   * null when there are too many.
   */
  take(): number | null {
    if (this.taken >= SPARES_MAX) return null;
    this.taken++;
    if (this.rootSlot < 0) {
      this.rootSlot = this.builder.newSlot();
      const flags = O_PATH | O_DIRECTORY | O_CLOEXEC;
      this.builder.addSetup({ code: 'open', path: this.root, a: flags, out: this.rootSlot, check: CHECK_SUCCESS, line: 0 });
    }
    const slot = this.builder.newSlot();
    this.builder.addSetup({ code: 'dup', fd: this.rootSlot, out: slot, check: CHECK_SUCCESS, line: 0 });
    return slot;
  }

  /** Index of a descriptor number for dup2 that nothing else will use in a pass. */
  reserve(): number {
    return this.reserved++;
  }
}
