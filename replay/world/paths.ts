/**
 * Path arguments: where they lead in the traced program's tree, and how the replay names the same place.
 * Paths are latin1 strings, one char per byte.
 */
import { existsSync, realpathSync, statSync } from 'node:fs';
import type { ProgramBuilder } from '../plan/encode.js';
import { CHECK_SUCCESS, CHECK_VALUE, CWD } from '../plan/format.js';
import { parentOf } from './changes.js';
import { O_CLOEXEC, O_DIRECTORY, O_PATH } from './constants.js';
import { canonicalPath, isRegular } from './tree/path.js';
import type { PlanOptions, TreeModel } from './types.js';

/** Where the kernel invents what is there. */
const KERNEL_TREES = /^\/(?:dev|proc|sys)(?:\/|$)/;
/** Where ordinary files can stand for it: procfs and sysfs. */
export const KERNEL_FILES = /^\/(?:proc|sys)(?:\/|$)/;
/** Devices for which ordinary files can stand, as long as nobody writes to them. */
const DEVICES = /^\/dev\/(?:null|zero|full|random|urandom)$/;
/** What lies below /dev but is as anywhere else: the directory itself, and the tmpfs for shm_open(3). */
const NO_DEVICES = /^\/dev(?:\/shm(?:\/|$)|$)/;
/** Links of procfs that lead to what a process has open, wherever that is, and what tells of it (proc_pid_fd(5)). */
const MAGIC = /^\/proc\/[^/]+\/(?:task\/[^/]+\/)?(?:cwd|exe|fd|fdinfo|map_files|ns|root)(?:\/|$)/;
/** The only one whose target stays the same for as long as a program runs. */
const EXE = /^\/proc\/[^/]+\/exe$/;
/** Answers remembered before all are forgotten. */
const RESOLVED_MAX = 1 << 18;
const WAYS_MAX = 1 << 14;
const JOINED_MAX = 1 << 12;

export class Paths {
  /** The directory in which the replay really is at the op being written. */
  realCwd: string;
  private readonly mode: PlanOptions['mode'];
  /** Stands before every absolute path: '' or the directory that confines the replay. */
  private readonly prefix: string;
  private readonly builder: ProgramBuilder;
  private readonly tree: TreeModel;
  /** Special files seen anywhere in the log (FIFOs, sockets, device nodes outside /dev). */
  private readonly special: ReadonlySet<string>;
  private readonly specialHere = new Map<string, boolean>();
  /** Places that a call changed which is not replayed: what the log says about them no longer holds. */
  private readonly stale = new Set<string>();
  private readonly outdated = new Set<string>();
  private readonly directories = new Map<string, number | null>();
  /** What resolve() answers while no other link shows up; the second without following a last one. */
  private readonly followed = new Map<string, string>();
  private readonly unfollowed = new Map<string, string>();
  /** What it answers for paths that links lead round in circles. */
  private readonly loops = new Set<string>();
  /** What onTheWay() answers. */
  private readonly followedWays = new Map<string, readonly string[]>();
  private readonly unfollowedWays = new Map<string, readonly string[]>();
  /** By directory: what lies below it. The same string for the same place is a cheap key. */
  private joined = new Map<string, Map<string, string>>();
  private joinedCount = 0;
  /** Symlinks known now: canonical path -> target. */
  private readonly links = new Map<string, string>();

  constructor(options: PlanOptions, builder: ProgramBuilder, tree: TreeModel, special: ReadonlySet<string>, startCwd: string) {
    this.mode = options.mode;
    this.prefix = options.mode === 'confined' ? Buffer.from(options.root ?? []).toString('latin1').replace(/\/+$/, '') : '';
    this.builder = builder;
    this.tree = tree;
    this.special = special;
    this.realCwd = startCwd;
    builder.addSetup({ code: 'chdir', path: this.outside(startCwd), check: CHECK_VALUE, line: 0 });
    tree.exists(startCwd, { follow: true, type: 'dir', may: 1 }, 0);
  }

  /** Bytes that confinement adds to an absolute path. */
  get prefixBytes(): number {
    return this.prefix.length;
  }

  get confined(): boolean {
    return this.mode === 'confined';
  }

  /** A symlink at `path` became known, or was made: paths may lead elsewhere now. */
  setLink(path: string, target: string): void {
    const place = this.resolve(path, false);
    if (this.links.get(place) === target) return;
    this.links.set(place, target);
    this.forgetResolved();
  }

  /** `to` (canonical) is one more name of what is at `path`. */
  linkLink(path: string, to: string): void {
    const target = this.links.get(path);
    if (target !== undefined) this.setLink(to, target);
  }

  /** What was at `path` (canonical) is gone. */
  dropLink(path: string): void {
    if (this.links.delete(path)) this.forgetResolved();
  }

  private forgetResolved(): void {
    this.followed.clear();
    this.unfollowed.clear();
    this.loops.clear();
    this.followedWays.clear();
    this.unfollowedWays.clear();
  }

  /**
   * Whether opening the path on this host could block or do more than open it: a FIFO, a device, or something that
   * leads into /proc. Only asked for live replays; the log may tell of another host.
   */
  isSpecialHere(place: string): boolean {
    let special = this.specialHere.get(place);
    if (special === undefined) {
      special = leadsToSpecial(Buffer.from(place, 'latin1'));
      this.specialHere.set(place, special);
    }
    return special;
  }

  /** Where `path` (absolute) leads as far as is known; without links, dots and double slashes. */
  resolve(path: string, follow: boolean): string {
    if (this.links.size === 0 && isRegular(path)) return path;
    const resolved = follow ? this.followed : this.unfollowed;
    let found = resolved.get(path);
    if (found === undefined) {
      const place = canonicalPath(path, follow, (link) => this.links.get(link));
      found = place ?? lexical(path);
      if (place === null) this.loops.add(found);
      if (found === path) found = path; // not a second string
      if (resolved.size >= RESOLVED_MAX) resolved.clear();
      resolved.set(path, found);
    }
    return found;
  }

  /** Whether `place`, which resolve() answered, leads nowhere: as far as is known, the kernel says ELOOP. */
  isLoop(place: string): boolean {
    return this.loops.has(place);
  }

  /** What must be there for `path` (absolute) to lead anywhere: what it says, symlinks on the way as far as is known, directories left by `..`. */
  onTheWay(path: string, follow: boolean): readonly string[] {
    const ways = follow ? this.followedWays : this.unfollowedWays;
    let found = ways.get(path);
    if (found === undefined) {
      const places = [lexical(path), ...this.linksOn(path, follow)];
      for (let at = path.indexOf('/..'); at > 0; at = path.indexOf('/..', at + 3)) places.push(this.resolve(path.slice(0, at), true));
      if (ways.size >= WAYS_MAX) ways.clear();
      ways.set(path, places);
      found = places;
    }
    return found;
  }

  /** The symlinks that `path` leads through, as far as is known. */
  private linksOn(path: string, follow: boolean): ReadonlySet<string> {
    const found = new Set<string>();
    if (this.links.size === 0) return found;
    canonicalPath(path, follow, (place) => {
      const target = this.links.get(place);
      if (target !== undefined) found.add(place);
      return target;
    });
    return found;
  }

  /** Of a canonical path: nothing in a sandbox can stand for what is there. */
  isSpecial(place: string): boolean {
    if (this.special.size > 0 && this.special.has(place)) return true;
    return isKernels(place) && (this.mode === 'live' || !(KERNEL_FILES.test(place) || DEVICES.test(place)));
  }

  /** Of a canonical path: procfs and sysfs, and devices. */
  isKernelFile(place: string): boolean {
    return mayBeKernels(place) && (KERNEL_FILES.test(place) || DEVICES.test(place));
  }

  /** Of a canonical path: one of the devices for which ordinary files can stand. */
  isDevice(place: string): boolean {
    return mayBeKernels(place) && DEVICES.test(place);
  }

  /** Of an absolute path. `link`: the call asks for the target of a last link itself. */
  isMagic(path: string, link: boolean): boolean {
    return mayBeKernels(path) && MAGIC.test(path) && !(link && EXE.test(path));
  }

  /** Whether a call that is not replayed changed what is at a canonical path, or a directory above it. */
  isStale(path: string): boolean {
    if (this.stale.size === 0) return false;
    for (let place = path; place !== ''; place = place.slice(0, place.lastIndexOf('/'))) {
      if (this.stale.has(place)) return true;
    }
    return false;
  }

  markStale(path: string): void {
    for (const place of [this.resolve(path, false), this.resolve(path, true)]) {
      this.stale.add(place);
      this.outdated.add(parentOf(place));
    }
  }

  /** Whether a call that is not replayed changed an entry of a directory. */
  isOutdated(directory: string): boolean {
    return this.outdated.has(directory) || this.isStale(directory);
  }

  /** Names (canonical) have changed: those of symlinks and of where the replay is, too. */
  renamed(renaming: (path: string) => string): void {
    this.realCwd = renaming(this.realCwd);
    if (this.links.size === 0) return;
    const links = [...this.links];
    if (links.every(([path]) => renaming(path) === path)) return;
    this.links.clear();
    for (const [path, target] of links) this.links.set(renaming(path), target);
    this.forgetResolved();
  }

  /** The path `path` (relative) from `directory`. */
  below(directory: string, path: string): string {
    let known = this.joined.get(directory);
    if (known === undefined) {
      known = new Map();
      this.joined.set(directory, known);
    }
    let place = known.get(path);
    if (place === undefined) {
      place = join(directory, path);
      known.set(path, place);
      if (++this.joinedCount > JOINED_MAX) {
        this.joined = new Map();
        this.joinedCount = 0;
      }
    }
    return place;
  }

  /** How the replay writes an absolute path. */
  outside(path: string): string {
    if (this.prefix === '') return path;
    // `..` could climb out of the directory that stands for the root; without links and dots it cannot.
    const inside = path.includes('/..') ? lexical(this.resolve(path, false)) : path;
    return this.prefix + inside;
  }

  /** Whether a relative path could leave the directory that stands for the root. */
  climbs(path: string): boolean {
    return this.prefix !== '' && /(?:^|\/)\.\.(?:\/|$)/.test(path);
  }

  /**
   * What stands for AT_FDCWD in a process whose current directory is `cwd`: the replay's own current directory
   * where that is the same, else a descriptor opened in the setup section. null: the directory cannot be opened.
   */
  directory(cwd: string): number | null {
    if (cwd === this.realCwd) return CWD;
    let slot = this.directories.get(cwd);
    if (slot === undefined) {
      slot = this.openInSetup(cwd);
      this.directories.set(cwd, slot);
    }
    return slot;
  }

  private openInSetup(cwd: string): number | null {
    if (this.mode === 'live' && !existsSync(Buffer.from(cwd, 'latin1'))) return null;
    const slot = this.builder.newSlot();
    const flags = O_PATH | O_DIRECTORY | O_CLOEXEC;
    this.builder.addSetup({ code: 'open', path: this.outside(cwd), a: flags, out: slot, check: CHECK_SUCCESS, line: 0 });
    this.tree.exists(cwd, { follow: true, type: 'dir', may: 1 }, 0);
    return slot;
  }
}

/** Whether the first letter is that of dev, proc or sys. */
function mayBeKernels(path: string): boolean {
  const letter = path.length > 1 ? path.charCodeAt(1) : 0;
  return letter === 100 || letter === 112 || letter === 115;
}

function isKernels(place: string): boolean {
  return mayBeKernels(place) && KERNEL_TREES.test(place) && !NO_DEVICES.test(place);
}

function leadsToSpecial(path: Buffer): boolean {
  try {
    const stats = statSync(path);
    if (!stats.isFile() && !stats.isDirectory()) return true;
    return isKernels(realpathSync.native(path, 'latin1'));
  } catch {
    return false; // it cannot be opened either
  }
}

/** `path` (absolute) without dots and double slashes, symlinks not considered. */
export function lexical(path: string): string {
  const kept: string[] = [];
  for (const part of path.split('/')) {
    if (part === '..') kept.pop();
    else if (part !== '' && part !== '.') kept.push(part);
  }
  return `/${kept.join('/')}`;
}

/** What `path` is called once `from` is called `to`; null where it is not there or below. */
export function rebased(path: string, from: string, to: string): string | null {
  return path === from || path.startsWith(`${from}/`) ? to + path.slice(from.length) : null;
}

export function join(directory: string, path: string): string {
  return directory.endsWith('/') ? directory + path : `${directory}/${path}`;
}
