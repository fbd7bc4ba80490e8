/**
 * Files that are not fit for replay, as far as known. One found by a late fstat makes its open unfit, too, and so does
 * a kernel file that was not always the same: the log is gone through anew then, which may find more.
 */

/** Each round finds at least one more. */
const ROUNDS_MAX = 5;

export class SpecialFiles {
  private readonly known = new Set<string>();
  private rounds = 0;

  /** As they are now. */
  get paths(): ReadonlySet<string> {
    return new Set(this.known);
  }

  /** A round has `found` these. Whether another is to follow. */
  learn(found: Iterable<string>): boolean {
    const before = this.known.size;
    for (const path of found) this.known.add(path);
    return this.known.size > before && ++this.rounds < ROUNDS_MAX;
  }
}
