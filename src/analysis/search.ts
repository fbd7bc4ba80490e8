/**
 * One search: consecutive lookups of a process for the same name in different places. Calls between that only walk to
 * the next place (realpath's lstat and readlink, a stat of the directory before its listing is trusted) belong to it.
 */
import { baseName, directoryName, soughtName } from './names.js';
import { recognise, type SearchRule } from './search-rules.js';
import { isMiss } from './shapes.js';
import type { Subject } from './subject.js';

export interface Lookup {
  readonly call: string;
  readonly path: string;
  /** null: found. */
  readonly errno: string | null;
  readonly line: number;
  readonly time: number | null;
  readonly duration: number;
  /** candidate: a place where the name may be; check: a directory asked about itself; walk: a part of a path resolved. */
  readonly kind: 'candidate' | 'check' | 'walk';
}

/** One distinct search; the same one made again only counts. */
export interface Probe {
  /** What was sought: a name, with directories where the rule has them in names (`enc/encdb.so`). latin1. */
  readonly sought: string;
  readonly rule: SearchRule | null;
  /** Where it was first found; null: nowhere. */
  readonly found: string | null;
  readonly missesBeforeHit: number;
  readonly misses: number;
  /** Lookups made, walks included. */
  readonly calls: number;
  /** Seconds inside these calls as strace saw it, first time only. */
  readonly seconds: number;
  /** In the order searched; `listed`: nothing was asked for below it, only the directory itself. */
  readonly directories: readonly { readonly path: string; readonly misses: number; readonly hit: boolean; readonly listed: boolean }[];
  readonly lookups: readonly Lookup[];
  /** Base name of what searched. latin1; empty where the log does not tell. */
  readonly program: string;
  readonly pid: number;
  readonly line: number;
  readonly time: number | null;
  /** How often exactly this search was made in the log. */
  times: number;
}

const WAITING_MAX = 64;
const LOOKUPS_MAX = 4096;

export function lookupOf(subject: Subject): Lookup {
  const { call, path } = subject;
  return { call: call.name, path: path!, errno: call.errno, line: call.line, time: call.time, duration: call.duration ?? 0, kind: kindOf(subject) };
}

function kindOf(subject: Subject): Lookup['kind'] {
  const { name, errno } = subject.call;
  const { role } = subject.shape!;
  if (role === 'readlink') return 'walk';
  if (errno !== null) return 'candidate';
  if (role === 'open') return subject.has('O_DIRECTORY') ? 'check' : 'candidate';
  if (role !== 'stat' || !subject.has('S_IFDIR')) return 'candidate';
  return name.startsWith('lstat') || subject.has('AT_SYMLINK_NOFOLLOW') ? 'walk' : 'check';
}

/** Cuts the lookups of one process into searches. */
export class Searcher {
  readonly #done: (lookups: readonly Lookup[]) => void;
  #name = '';
  #search: Lookup[] = [];
  #hit = false;
  /** Checks and walks that may belong to the search, or begin the next. */
  #waiting: Lookup[] = [];

  constructor(done: (lookups: readonly Lookup[]) => void) {
    this.#done = done;
  }

  add(lookup: Lookup): void {
    const name = soughtName(lookup.path);
    if (this.#search.length > 0 && name === this.#name && !this.#startsOver(lookup) && this.#waiting.every((w) => this.#leadsTo(w, lookup))) {
      this.#search.push(...this.#waiting, lookup);
      this.#waiting = [];
      if (lookup.errno === null) this.#hit = true;
      if (this.#search.length > LOOKUPS_MAX) this.finish();
      return;
    }
    if (lookup.kind !== 'candidate' || this.#isPlace(lookup)) {
      this.#waiting.push(lookup);
      if (this.#waiting.length > WAITING_MAX) this.#waiting.shift();
      return;
    }
    this.#close();
    this.#search = [...this.#prefix(lookup, name), lookup];
    this.#waiting = [];
    this.#name = name;
    this.#hit = lookup.errno === null;
  }

  finish(): void {
    this.#close();
    this.#waiting = [];
  }

  #close(): void {
    if (this.#search.length > 1) this.#done(this.#search);
    this.#search = [];
  }

  /** The same places from the first on: a second search. */
  #startsOver(lookup: Lookup): boolean {
    const first = this.#search.find((l) => l.kind === 'candidate');
    return this.#hit && first?.path === lookup.path && first.call === lookup.call && first.errno !== null;
  }

  #leadsTo(waiting: Lookup, candidate: Lookup): boolean {
    return candidate.path.startsWith(`${waiting.path}/`) || candidate.path.includes(`/${baseName(waiting.path)}/`);
  }

  /** A missing directory of the search path itself: a node_modules, an archive that is not there. */
  #isPlace(lookup: Lookup): boolean {
    return lookup.errno !== null && (lookup.path.endsWith('/node_modules') || (lookup.path.endsWith('.zip') && /\/python\d+\.zip$/.test(lookup.path)));
  }

  /** The directories looked at just before, when the candidate lies in the last of them; and its own walk. */
  #prefix(candidate: Lookup, name: string): Lookup[] {
    const last = this.#waiting.findLast((w) => w.kind !== 'walk');
    const searched = last !== undefined && candidate.path.startsWith(`${last.path}/`);
    return this.#waiting.filter((w) => (w.kind === 'walk' ? soughtName(w.path) === name : searched));
  }
}

/** Describes a run of lookups; null when it is no search (one place only, or nothing missed). */
export function describe(lookups: readonly Lookup[], program: string, pid: number): Probe | null {
  const candidates = lookups.filter((l) => l.kind === 'candidate' && !l.path.endsWith('/node_modules') && !/\/python\d+\.zip$/.test(l.path));
  if (candidates.length === 0) return null;
  const paths = [...new Set(candidates.map((l) => l.path))];
  const places = [...new Set(paths.map(directoryName))];
  const checks = lookups.filter((l) => l.kind !== 'walk' && !candidates.includes(l) && !places.includes(l.path));
  const misses = lookups.filter((l) => isMiss(l.errno)).length;
  if (paths.length < 2 && checks.length === 0) return null;
  if (misses === 0 && checks.length + places.length < 2) return null;
  const rule = recognise({ program, paths, directories: places, executes: candidates.some((l) => l.call.startsWith('execve')) });
  // One place, or only hits: without a rule that explains it, this is chance.
  if (rule === null && (misses === 0 || checks.length + places.length < 2)) return null;
  const suffix = rule?.nested === true ? commonSuffix(places) : '';
  const first = lookups.find((l) => candidates.includes(l) && l.errno === null);
  const before = first === undefined ? lookups : lookups.slice(0, lookups.indexOf(first));
  return {
    sought: suffix + soughtFile(paths),
    rule,
    found: first?.path ?? null,
    missesBeforeHit: before.filter((l) => isMiss(l.errno)).length,
    misses,
    calls: lookups.length,
    seconds: lookups.reduce((sum, l) => sum + l.duration, 0),
    directories: directoriesOf(lookups.filter((l) => l.kind !== 'walk'), new Set(candidates), suffix),
    lookups,
    program,
    pid,
    line: lookups[0].line,
    time: lookups[0].time,
    times: 1,
  };
}

/** The whole name where only one was tried; else what the names tried have in common. */
function soughtFile(paths: readonly string[]): string {
  const names = new Set(paths.map(baseName));
  return names.size === 1 ? [...names][0] : soughtName(paths[0]);
}

/** `a/b/` that all directories end in, so that at least one component is left of each. */
function commonSuffix(directories: readonly string[]): string {
  if (directories.length < 2) return '';
  const parts = directories.map((d) => d.split('/'));
  const shortest = Math.min(...parts.map((p) => p.length));
  let same = 0;
  while (same < shortest - 2 && parts.every((p) => p.at(-1 - same) === parts[0].at(-1 - same))) same++;
  return same === 0 ? '' : `${parts[0].slice(-same).join('/')}/`;
}

function directoriesOf(lookups: readonly Lookup[], candidates: ReadonlySet<Lookup>, suffix: string): Probe['directories'] {
  const rows = new Map<string, { path: string; misses: number; hit: boolean; listed: boolean }>();
  for (const lookup of lookups) {
    const isCandidate = candidates.has(lookup);
    const holder = directoryName(lookup.path);
    const path = !isCandidate ? lookup.path : suffix !== '' && `${holder}/`.endsWith(`/${suffix}`) ? holder.slice(0, -suffix.length) : holder;
    let row = rows.get(path);
    if (row === undefined) rows.set(path, (row = { path, misses: 0, hit: false, listed: true }));
    if (isMiss(lookup.errno)) row.misses++;
    if (!isCandidate) continue;
    row.listed = false;
    if (lookup.errno === null) row.hit = true;
  }
  return [...rows.values()];
}
