/** A process's table of descriptors (the kernel's files_struct): shared by CLONE_FILES, copied by fork. */
import { copyOf, type Descriptor, type OpenFile } from './openfile.js';

export class FdTable {
  private readonly entries = new Map<number, Descriptor>();
  /** Processes and threads that share it. */
  private sharers = 1;

  *files(): Iterable<OpenFile> {
    for (const entry of this.entries.values()) yield entry.file;
  }

  get(fd: number): Descriptor | undefined {
    return this.entries.get(fd);
  }

  /** Puts `descriptor` at number `fd`. What was there loses a reference, as when dup2 closes its target. */
  set(fd: number, descriptor: Descriptor): void {
    this.remove(fd);
    if (descriptor.slot !== null) descriptor.slot.references++;
    this.entries.set(fd, descriptor);
  }

  /** Takes the number away. */
  remove(fd: number): Descriptor | undefined {
    const entry = this.entries.get(fd);
    if (entry === undefined) return undefined;
    this.entries.delete(fd);
    if (entry.slot !== null) entry.slot.references--;
    return entry;
  }

  share(): this {
    this.sharers++;
    return this;
  }

  copy(): FdTable {
    const copy = new FdTable();
    for (const [fd, entry] of this.entries) copy.set(fd, copyOf(entry));
    return copy;
  }

  /** This table for one process alone, as execve and unshare make it. */
  unshare(): FdTable {
    if (this.sharers === 1) return this;
    this.sharers--;
    return this.copy();
  }

  /** A process that used it is gone; the last one closes everything. */
  release(): void {
    if (--this.sharers > 0) return;
    for (const fd of [...this.entries.keys()]) this.remove(fd);
  }

  closeOnExec(): void {
    for (const [fd, entry] of this.entries) if (entry.cloexec) this.remove(fd);
  }

  /** close_range(2): numbers first..last, closed or only marked close-on-exec. */
  closeRange(first: number, last: number, mark: boolean): void {
    for (const [fd, entry] of this.entries) {
      if (fd < first || fd > last) continue;
      if (mark) entry.cloexec = true;
      else this.remove(fd);
    }
  }
}
