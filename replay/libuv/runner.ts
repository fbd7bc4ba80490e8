/** How the calls of a part are made; one file for each way. A pass is setUp() of each slot, run(), cleanUp(). */
export interface Runner {
  /** Untimed: opens what is open before the first call. */
  setUp(slot: number, path: string | Buffer, flags: number): Promise<void>;
  /** The timed part. */
  run(): Promise<void>;
  /** Untimed: closes what is still open. */
  cleanUp(): Promise<void>;
}

const EBADF = -9;

/** An open that failed where the log has it succeed leaves nothing: as the kernel says of descriptor -1. */
export function noDescriptor(): NodeJS.ErrnoException {
  return Object.assign(new Error('no descriptor'), { errno: EBADF });
}
