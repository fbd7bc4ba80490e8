/** `probes`: the search-path lookups of a log, and what remembering answers would spare. */
import { LookupCache, type CacheEffect } from './lookup-cache.js';
import { PATHS_MAX, tooMany } from './limits.js';
import { baseName } from './names.js';
import { Searcher, describe, lookupOf, type Lookup, type Probe } from './search.js';
import { LOOKUP_ROLES, isMiss } from './shapes.js';
import type { Process, Subject } from './subject.js';

export interface ProbesResult {
  readonly calls: number;
  /** Calls that walk a path to find something: open, stat, access, readlink, exec and their kin. */
  readonly lookups: number;
  readonly misses: number;
  /** Searches made (repetitions included), and what belongs to them. */
  readonly searches: number;
  readonly searchCalls: number;
  readonly searchMisses: number;
  readonly rules: readonly { readonly id: string | null; readonly title: string; readonly searches: number; readonly calls: number; readonly misses: number }[];
  readonly perProgram: CacheEffect;
  readonly shared: CacheEffect;
  /** Distinct searches, in the order of their first time. */
  readonly probes: readonly Probe[];
}

export const UNKNOWN_RULE = 'search path of a kind not recognised';

export class Probes {
  readonly #searchers = new WeakMap<Process, { image: number; searcher: Searcher }>();
  readonly #open = new Set<Searcher>();
  readonly #probes = new Map<string, Probe>();
  readonly #cache = new LookupCache();
  #calls = 0;
  #lookups = 0;
  #misses = 0;

  add(subject: Subject): void {
    this.#calls++;
    const { call, shape, process } = subject;
    const lookup = subject.byName && LOOKUP_ROLES.has(shape!.role) && !(subject.shape!.role === 'open' && subject.has('O_CREAT'));
    this.#cache.add(subject, lookup);
    if (!lookup) return;
    this.#lookups++;
    if (isMiss(call.errno)) this.#misses++;
    // The program that searched is the one before a successful exec.
    const image = shape!.role === 'exec' && call.errno === null ? process.image - 1 : process.image;
    this.#searcherOf(process, image).add(lookupOf(subject));
  }

  #searcherOf(process: Process, image: number): Searcher {
    const known = this.#searchers.get(process);
    if (known?.image === image) return known.searcher;
    if (known !== undefined) this.#end(known.searcher);
    const program = baseName(process.program ?? '');
    const searcher = new Searcher((lookups) => { this.#record(lookups, program, process.pid); });
    this.#searchers.set(process, { image, searcher });
    this.#open.add(searcher);
    return searcher;
  }

  #end(searcher: Searcher): void {
    searcher.finish();
    this.#open.delete(searcher);
  }

  /** The process has exited. */
  exit(process: Process): void {
    const known = this.#searchers.get(process);
    if (known !== undefined) this.#end(known.searcher);
  }

  #record(lookups: readonly Lookup[], program: string, pid: number): void {
    const key = `${program}\0${lookups.map((l) => `${l.call} ${l.path} ${l.errno ?? ''}`).join('\0')}`;
    const known = this.#probes.get(key);
    if (known !== undefined) {
      known.times++;
      return;
    }
    const probe = describe(lookups, program, pid);
    if (probe === null) return;
    if (this.#probes.size === PATHS_MAX) throw tooMany('distinct searches', PATHS_MAX);
    this.#probes.set(key, probe);
  }

  result(): ProbesResult {
    for (const searcher of this.#open) searcher.finish();
    const probes = [...this.#probes.values()].sort((a, b) => a.line - b.line);
    const rules = new Map<string | null, { id: string | null; title: string; searches: number; calls: number; misses: number }>();
    for (const probe of probes) {
      const id = probe.rule?.id ?? null;
      let row = rules.get(id);
      if (row === undefined) rules.set(id, (row = { id, title: probe.rule?.title ?? UNKNOWN_RULE, searches: 0, calls: 0, misses: 0 }));
      row.searches += probe.times;
      row.calls += probe.times * probe.calls;
      row.misses += probe.times * probe.misses;
    }
    const rows = [...rules.values()].sort((a, b) => b.calls - a.calls);
    return {
      calls: this.#calls,
      lookups: this.#lookups,
      misses: this.#misses,
      searches: rows.reduce((n, r) => n + r.searches, 0),
      searchCalls: rows.reduce((n, r) => n + r.calls, 0),
      searchMisses: rows.reduce((n, r) => n + r.misses, 0),
      rules: rows,
      perProgram: this.#cache.perProgram,
      shared: this.#cache.shared,
      probes,
    };
  }
}
