/** Finds the directory in which the first process of a log started: strace does not say it, but much follows from it. */
import { latin1 } from '../strace/bytes.js';
import type { Call, Trace } from '../trace/model.js';
import { AT_FDCWD, CLONE_FS } from './constants.js';
import { lexical } from './paths.js';
import { annotationOf, toBytes, toFd } from './values.js';
import { cloneFlags } from './calls/process.js';

const FORKS = new Set(['fork', 'vfork', 'clone', 'clone3']);
/** Calls looked at for an annotation of AT_FDCWD (with -y the first has it), or for how shells check $PWD. */
const PATH_CALLS = new Set(['openat', 'newfstatat', 'statx', 'faccessat', 'faccessat2', 'readlinkat', 'fstatat64', 'stat', 'stat64']);
export const PATH_CALLS_TRIED_MAX = 300;
const STATS = new Set(['newfstatat', 'fstatat64', 'stat', 'stat64']);

/**
 * From a getcwd result, or from an AT_FDCWD</dir> annotation (-y), of a process that is still where the first one
 * started, or a known number of plain directories below it. Else from shells, which compare stat("$PWD") with stat(".").
 * null when the log holds no such evidence.
 */
export function findStartDirectory(trace: Trace): string | null {
  return startDirectoryOf(tellingCalls(trace));
}

/** The calls of a log that may tell. */
function* tellingCalls(trace: Trace): Generator<Call, void, undefined> {
  const kinds = trace.names.map((name) => (movesOrForks(name) ? 1 : takesPath(name) ? 2 : 0));
  const { nameId } = trace.columns;
  let tried = 0;
  for (let i = 0; i < trace.length; i++) {
    const kind = kinds[nameId[i]];
    if (kind === 1 || (kind === 2 && ++tried <= PATH_CALLS_TRIED_MAX)) yield trace.call(i);
  }
}

/** `calls`: in log order those that movesOrForks(), and the first PATH_CALLS_TRIED_MAX that takesPath(). */
export function startDirectoryOf(calls: Iterable<Call>): string | null {
  /** pid -> path from the start directory to where the process is. Shared by CLONE_FS. */
  const below = new Map<number | null, { path: string | null }>();
  const shells = new ShellCheck();
  let hint: string | null = null;
  for (const call of calls) {
    if (below.size === 0) below.set(call.pid, { path: '' });
    const place = below.get(call.pid);
    const ret = Number(call.ret ?? NaN);
    if (place?.path == null || !(ret >= 0)) continue;
    if (FORKS.has(call.name)) {
      const shared = ((cloneFlags(call.name, call.args()) ?? 0) & CLONE_FS) !== 0;
      below.set(ret, shared ? place : { path: place.path });
    } else if (call.name === 'chdir') {
      const path = toBytes(call.args()[0]);
      const text = path === null ? '/' : latin1(path);
      place.path = text.startsWith('/') || text.includes('..') ? null : place.path + lexical(`/${text}`);
    } else if (call.name === 'fchdir') {
      place.path = null;
    } else {
      const start = evidence(call);
      if (start?.endsWith(place.path) === true) return start.slice(0, start.length - place.path.length) || '/';
      if (place.path === '') hint = shells.look(call, hint);
    }
  }
  return hint;
}

export const movesOrForks = (name: string): boolean => name === 'getcwd' || name === 'chdir' || name === 'fchdir' || FORKS.has(name);
export const takesPath = (name: string): boolean => PATH_CALLS.has(name);

/** A shell that does not believe $PWD climbs within so many calls. */
const CLIMBS_WITHIN = 8;

/** dash, bash and others check $PWD against the current directory with two stats in a row. */
class ShellCheck {
  private candidate: { readonly path: string; readonly pid: number | null; readonly index: number } | null = null;
  private confirmed: { readonly pid: number | null; readonly index: number } | null = null;

  /**
   * Where the process is, when this call and the one before it are such a check; `known` where that is told already. The
   * log does not show whether the two were the same directory: where they were not, zsh looks for its own from `..` on.
   */
  look(call: Call, known: string | null): string | null {
    const { candidate, confirmed } = this;
    this.candidate = null;
    if (!STATS.has(call.name)) return known;
    const args = call.args();
    const path = toBytes(args[call.name.startsWith('stat') ? 0 : 1]);
    if (path === null || path.includes(0)) return known;
    const text = latin1(path);
    if (text === '..' && confirmed?.pid === call.pid && call.index - confirmed.index <= CLIMBS_WITHIN) return null;
    if (known !== null) return known;
    if (text.startsWith('/')) this.candidate = { path: text, pid: call.pid, index: call.index };
    if (text !== '.' || candidate?.pid !== call.pid || candidate.index !== call.index - 1) return null;
    this.confirmed = { pid: call.pid, index: call.index };
    return candidate.path;
  }
}

function evidence(call: Call): string | null {
  const first = call.args()[0];
  if (call.name === 'getcwd') return absolute(toBytes(first));
  return toFd(first) === AT_FDCWD ? absolute(annotationOf(first)) : null;
}

function absolute(bytes: Uint8Array | null): string | null {
  return bytes !== null && bytes[0] === 0x2f && !bytes.includes(0) ? latin1(bytes) : null;
}
