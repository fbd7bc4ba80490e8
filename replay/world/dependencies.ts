/**
 * What each op must wait for, by resource (the idea of ROOT, SOSP 2013): the op that made its descriptor, the
 * previous move of a shared cursor, the last change of the current directory, and for an op that ends a
 * resource all of its users. Every op is told here in program order; edges point back only.
 */
import type { OpenFile, Slot } from './openfile.js';
import { NO_OPS, type OpList, OpLists } from './oplists.js';

export class Dependencies {
  private op = 0;
  /** Lists of ops that others keep. */
  readonly lists = new OpLists();
  /** What the current op waits for: the first so many of them, see settle(). Used again for the next one. */
  edges = new Uint32Array(64);
  private count = 0;
  private cwdOp = -1;
  private cwdUsers: OpList = NO_OPS;
  /** chdir calls still to come in the log: without any, users of the directory need not be remembered. */
  private cwdChangesLeft: number;

  constructor(cwdChanges: number) {
    this.cwdChangesLeft = cwdChanges;
  }

  /** The following calls are about op `op`. */
  begin(op: number): void {
    this.op = op;
    this.count = 0;
  }

  /** All about the current op has been told: `edges` are ascending now, each once. Returns how many there are. */
  settle(): number {
    const { edges, count } = this;
    if (count < 2) return count;
    if (count > SHORT) edges.subarray(0, count).sort();
    else sortShort(edges, count);
    let kept = 1;
    for (let i = 1; i < count; i++) if (edges[i] !== edges[i - 1]) edges[kept++] = edges[i];
    this.count = kept;
    return kept;
  }

  /** The op being told about. */
  get current(): number {
    return this.op;
  }

  /** After all ops of a list (which may hold the current one). */
  afterAll(list: OpList): void {
    for (let node = list; node >= 0; node = this.lists.before(node)) this.after(this.lists.newest(node));
  }

  after(op: number): void {
    if (op < 0 || op === this.op) return;
    if (this.count === this.edges.length) {
      const grown = new Uint32Array(2 * this.count);
      grown.set(this.edges);
      this.edges = grown;
    }
    this.edges[this.count++] = op;
  }

  /** Uses a descriptor in no particular order. */
  use(slot: Slot): void {
    this.after(slot.creatorOp);
    slot.users = this.lists.add(slot.users, this.op);
  }

  /** Uses or moves the cursor behind a descriptor. */
  cursor(slot: Slot, file: OpenFile): void {
    // The previous move through this descriptor came after its creation.
    if (file.cursorOp < 0 || file.cursorOp !== slot.cursorOp) this.after(slot.creatorOp);
    this.after(file.cursorOp);
    file.cursorOp = this.op;
    slot.cursorOp = this.op;
  }

  /** Reads or sets the close-on-exec flag of a descriptor. */
  flag(slot: Slot): void {
    this.after(slot.flagOp >= 0 ? slot.flagOp : slot.creatorOp);
    slot.flagOp = this.op;
  }

  /** Takes a descriptor away, or (another process keeps it) lets go of it: after everything that used it. */
  end(slot: Slot): void {
    this.after(slot.cursorOp);
    this.after(slot.flagOp);
    this.afterAll(slot.users);
    // All of its users waited for its creation.
    if (slot.cursorOp < 0 && slot.flagOp < 0 && slot.users < 0) this.after(slot.creatorOp);
    // Whoever lets go next waits for this op and so for all before it.
    this.lists.release(slot.users);
    slot.users = this.lists.add(NO_OPS, this.op);
    slot.flagOp = -1;
  }

  useCwd(): void {
    this.after(this.cwdOp);
    if (this.cwdChangesLeft > 0) this.cwdUsers = this.lists.add(this.cwdUsers, this.op);
  }

  changeCwd(): void {
    this.after(this.cwdOp);
    this.afterAll(this.cwdUsers);
    this.lists.release(this.cwdUsers);
    this.cwdUsers = NO_OPS;
    this.cwdOp = this.op;
    this.cwdChangesLeft--;
  }
}

/** Up to so many are sorted by insertion: nearly all ops have a few edges. */
const SHORT = 24;

function sortShort(values: Uint32Array, count: number): void {
  for (let i = 1; i < count; i++) {
    const value = values[i];
    let at = i;
    for (; at > 0 && values[at - 1] > value; at--) values[at] = values[at - 1];
    values[at] = value;
  }
}
