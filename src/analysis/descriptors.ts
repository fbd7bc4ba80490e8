/** What the descriptors of a process stand for: the open calls' paths, as far as the log tells. */
export interface Descriptor {
  /** latin1; null for pipes, sockets and whatever else has no path. */
  readonly path: string | null;
  cloexec: boolean;
}

export class Descriptors {
  /** null: known to be closed, in a table whose origin is not known yet. */
  readonly #entries = new Map<number, Descriptor | null>();
  #origin: boolean;

  /** `origin`: what the table held at first is known (so what is not in it is closed). */
  constructor(origin: boolean) {
    this.#origin = origin;
  }

  get(fd: number): Descriptor | null {
    return this.#entries.get(fd) ?? null;
  }

  set(fd: number, path: string | null, cloexec: boolean): void {
    this.#entries.set(fd, { path, cloexec });
  }

  close(fd: number): void {
    if (this.#origin) this.#entries.delete(fd);
    else this.#entries.set(fd, null);
  }

  closeRange(first: number, last: number, onlyMark: boolean): void {
    for (const [fd, entry] of this.#entries) {
      if (fd < first || fd > last) continue;
      if (!onlyMark) this.close(fd);
      else if (entry !== null) entry.cloexec = true;
    }
  }

  copy(): Descriptors {
    const copy = new Descriptors(this.#origin);
    for (const [fd, entry] of this.#entries) copy.#entries.set(fd, entry === null ? null : { ...entry });
    return copy;
  }

  /** execve closes what is marked so. */
  closeOnExec(): void {
    for (const [fd, entry] of this.#entries) if (entry?.cloexec === true) this.close(fd);
  }

  /** The parent is known only now (its fork returned after the child's first calls): adds what was inherited. */
  inherit(parent: Descriptors, execed: boolean): void {
    for (const [fd, entry] of parent.#entries) {
      if (entry === null || this.#entries.has(fd) || (execed && entry.cloexec)) continue;
      this.#entries.set(fd, { ...entry });
    }
    this.#origin = parent.#origin;
    if (this.#origin) for (const [fd, entry] of this.#entries) if (entry === null) this.#entries.delete(fd);
  }
}
