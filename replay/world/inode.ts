/** A file, directory or symlink, whatever its names: what the log's calls did to it, and which ops looked at it. */
import { NO_OPS, type OpList } from './oplists.js';

export class Inode {
  /** Its path before the first call; null when the log made it. */
  readonly initial: string | null;
  /** Whether it was there before the first call cannot be told yet: O_CREAT without O_EXCL. */
  doubtful = false;
  /** Written or truncated, so that sizes no longer tell about the start. */
  written = false;
  /** A call that is not replayed wrote it: the replay's size and content are others. */
  spoiled = false;
  /** chmod. */
  modeChanged = false;
  /** A call proved that it is there. */
  seen = false;
  /** A directory that the log made. */
  readonly directory: boolean;
  /** A FIFO that the log made: opening it would block. */
  fifo = false;
  writerOp = -1;
  /** Ops since then that looked at size, mode or content. */
  readers: OpList = NO_OPS;

  constructor(initial: string | null, directory = false) {
    this.initial = initial;
    this.directory = directory;
  }
}
