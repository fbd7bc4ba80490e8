/**
 * What each op must wait for, by resource (the idea of ROOT, SOSP 2013): the op that made its descriptor, the
 * previous move of a shared cursor, the last change of the current directory, and for an op that ends a
 * resource all of its users. Every op is told here in program order; edges point back only.
 */
import type { OpenFile, Slot } from './openfile.js';

export class Dependencies {
  private op = 0;
  private readonly edges = new Set<number>();
  private cwdOp = -1;
  private cwdUsers: number[] = [];
  /** chdir calls still to come in the log: without any, users of the directory need not be remembered. */
  private cwdChangesLeft: number;

  constructor(cwdChanges: number) {
    this.cwdChangesLeft = cwdChanges;
  }

  /** The following calls are about op `op`. */
  begin(op: number): void {
    this.op = op;
    this.edges.clear();
  }

  /** The edges of the current op, ascending. */
  take(): number[] {
    if (this.edges.size < 2) return [...this.edges];
    return [...this.edges].sort((a, b) => a - b);
  }

  /** The op being told about. */
  get current(): number {
    return this.op;
  }

  afterAll(ops: readonly number[] | null): void {
    if (ops !== null) for (const op of ops) this.after(op);
  }

  after(op: number): void {
    if (op >= 0 && op !== this.op) this.edges.add(op);
  }

  /** Uses a descriptor in no particular order. */
  use(slot: Slot): void {
    this.after(slot.creatorOp);
    slot.users.push(this.op);
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
    for (const user of slot.users) this.after(user);
    if (this.edges.size === 0) this.after(slot.creatorOp);
    // Whoever lets go next waits for this op and so for all before it.
    slot.users = [this.op];
    slot.flagOp = -1;
  }

  useCwd(): void {
    this.after(this.cwdOp);
    if (this.cwdChangesLeft > 0) this.cwdUsers.push(this.op);
  }

  changeCwd(): void {
    this.after(this.cwdOp);
    for (const user of this.cwdUsers) this.after(user);
    this.cwdUsers = [];
    this.cwdOp = this.op;
    this.cwdChangesLeft--;
  }
}
