/**
 * Names that an open with O_CREAT made or found. Which of the two the log may not show; where their directory was
 * listed before and is listed again, the number and bytes of its entries tell.
 */
import { direntBytes } from './tree/names.js';

/** Of a directory: entries and bytes of their records, see getdents64(2). */
export interface Entries {
  readonly entries: number;
  readonly bytes: number;
}

/** More names in doubt at once are not told apart. */
const NAMES_MAX = 20;

export class Doubts {
  /** Directory -> paths in it. */
  private readonly names = new Map<string, string[]>();
  /** As it was at the start, by the first listing. */
  private readonly listings = new Map<string, Entries>();

  add(directory: string, path: string): void {
    const names = this.names.get(directory);
    if (names === undefined) this.names.set(directory, [path]);
    else names.push(path);
  }

  /** It is known now. */
  drop(directory: string, path: string): void {
    const names = this.names.get(directory) ?? [];
    const at = names.indexOf(path);
    if (at >= 0) names.splice(at, 1);
  }

  /**
   * `listing`: what the directory held at the start if all names in doubt were made. Returns those that must have been
   * there for that to agree with its first listing; they are no longer in doubt.
   */
  settle(directory: string, listing: Entries): string[] {
    const first = this.listings.get(directory);
    const names = this.names.get(directory);
    if (first === undefined) {
      this.listings.set(directory, listing);
      return [];
    }
    if (names === undefined || names.length > NAMES_MAX) return [];
    const found = choose(names, first.entries - listing.entries, first.bytes - listing.bytes) ?? [];
    for (const path of found) this.drop(directory, path);
    return found;
  }
}

/** The first `count` of `names` whose records come to `bytes`; null: there are none. */
function choose(names: readonly string[], count: number, bytes: number): string[] | null {
  if (count <= 0 || bytes <= 0) return count === 0 && bytes === 0 ? [] : null;
  if (names.length < count) return null;
  const [name, ...others] = names;
  const rest = choose(others, count - 1, bytes - direntBytes(name.length - name.lastIndexOf('/') - 1));
  return rest === null ? choose(others, count, bytes) : [name, ...rest];
}
