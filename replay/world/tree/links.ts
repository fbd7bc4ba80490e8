/**
 * Which paths are symlinks, and where they lead. The path of a symlink may itself lead through symlinks that
 * the log shows later, so the table is made again with the table of the round before until it stays the same.
 */
import type { Conflict } from '../types.js';
import type { Fact } from './facts.js';
import { PRIVATE } from './node.js';
import { CanonicalPaths, canonicalPath, endsAsDirectory, isRegular, LINKS_MAX } from './path.js';

export interface Link {
  /** As readlink printed it, or the name of a private sibling when the log never shows it. */
  readonly target: string;
  /** st_size of the link where only lstat shows it. */
  readonly bytes: number | null;
  readonly at: number;
  readonly line: number;
}

/** Canonical path of each symlink -> link. */
export function findLinks(facts: readonly Fact[], conflicts: Conflict[]): Map<string, Link> {
  // Facts about the entry itself, not about what it leads to.
  const entries = facts.filter(isAboutEntry);
  let links = new Map<string, Link>();
  if (!entries.some((fact) => fact.kind !== 'missing' && isLink(fact))) return links;
  // Each round settles at least one more level of links leading through links.
  for (let round = 0; round <= LINKS_MAX; round++) {
    const found: Conflict[] = [];
    const next = oneRound(entries, links, found);
    const settled = next.size === links.size && [...next].every(([path, link]) => links.get(path)?.target === link.target);
    links = next;
    if (settled) {
      conflicts.push(...found);
      break;
    }
  }
  return links;
}

function isAboutEntry(fact: Fact): boolean {
  if (fact.kind === 'symlink') return true;
  if (fact.kind === 'exists') return !fact.follow && !endsAsDirectory(fact.path);
  return fact.kind === 'missing' && fact.errno === 'ENOENT' && !fact.follow && !endsAsDirectory(fact.path);
}

function isLink(fact: Fact): boolean {
  return fact.kind === 'symlink' || (fact.kind === 'exists' && fact.type === 'symlink');
}

/** A fact about the entry at `path`, which is canonical. */
interface Entry {
  readonly fact: Fact;
  readonly path: string;
}

function oneRound(facts: readonly Fact[], known: ReadonlyMap<string, Link>, conflicts: Conflict[]): Map<string, Link> {
  const linkOf = (path: string): string | undefined => known.get(path)?.target;
  const canonical = new CanonicalPaths(linkOf);
  const placeOf = (fact: Fact): string | null => (isRegular(fact.path) ? canonical.ofEntry(fact.path) : placeOfIrregular(fact, linkOf));
  const candidates = new Set<string | null>();
  for (const fact of facts) if (isLink(fact)) candidates.add(placeOf(fact));
  const entries: Entry[] = [];
  for (const fact of facts) {
    const path = placeOf(fact);
    if (path !== null && candidates.has(path)) entries.push({ fact, path });
  }
  return linksAmong(entries, conflicts);
}

/** null: it leads to no entry, or the log does not say of which. */
function placeOfIrregular(fact: Fact, linkOf: (path: string) => string | undefined): string | null {
  const way = { up: false };
  const path = canonicalPath(fact.path, false, linkOf, () => {
    way.up = true;
  });
  // `x/../link`: x may be what is missing.
  return path === '/' || (fact.kind === 'missing' && way.up) ? null : path;
}

function linksAmong(entries: readonly Entry[], conflicts: Conflict[]): Map<string, Link> {
  const links = new Map<string, Link>();
  /** Canonical path -> what an earlier fact says it is instead. */
  const otherwise = new Map<string, { what: string; line: number }>();
  for (const { fact, path } of entries) {
    const { at, line } = fact;
    if (isLink(fact)) {
      const earlier = otherwise.get(path);
      if (earlier !== undefined) {
        conflicts.push({ line, path: fact.path, what: `a symlink, but ${earlier.what} at line ${earlier.line}` });
        continue;
      }
      const link = links.get(path);
      if (fact.kind === 'symlink') {
        if (link === undefined || link.target.startsWith(PRIVATE)) {
          links.set(path, { target: fact.target, bytes: null, at: Math.min(at, link?.at ?? at), line: link?.line ?? line });
        } else if (link.target !== fact.target) {
          conflicts.push({ line, path: fact.path, what: `the symlink leads elsewhere than at line ${link.line}` });
        }
      } else if (link === undefined) {
        const name = path.slice(path.lastIndexOf('/') + 1);
        links.set(path, { target: PRIVATE + name, bytes: fact.kind === 'exists' ? fact.size : null, at, line });
      }
    } else if (fact.kind === 'missing' || (fact.kind === 'exists' && fact.type !== null)) {
      const what = fact.kind === 'missing' ? 'missing' : 'no symlink';
      const link = links.get(path);
      if (link !== undefined) conflicts.push({ line, path: fact.path, what: `${what}, but a symlink at line ${link.line}` });
      else if (!otherwise.has(path)) otherwise.set(path, { what, line });
    }
  }
  return links;
}
