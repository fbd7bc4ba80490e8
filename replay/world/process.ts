/** The processes and threads of a log, and who inherited what from whom (clone(2)). */
import { CLONE_FILES, CLONE_FS } from './constants.js';
import { FdTable } from './fdtable.js';
import type { OpenFile } from './openfile.js';

/** A current directory: shared by CLONE_FS, copied by fork. null when the log does not tell. */
export class CwdDomain {
  /** Absolute, symlinks followed; latin1. */
  cwd: string | null;
  /** After chroot(2) absolute paths mean something else too. */
  rooted = true;

  constructor(cwd: string | null) {
    this.cwd = cwd;
  }

  copy(): CwdDomain {
    const copy = new CwdDomain(this.cwd);
    copy.rooted = this.rooted;
    return copy;
  }
}

export class Process {
  readonly pid: number;
  fds: FdTable;
  fs: CwdDomain;
  alive = true;

  constructor(pid: number, fds: FdTable, fs: CwdDomain) {
    this.pid = pid;
    this.fds = fds;
    this.fs = fs;
  }
}

/** pid of the calls of a log that shows none. */
export const NO_PID = -1;

export class ProcessTable {
  private readonly byPid = new Map<number, Process>();
  /** Who was asked for last, null where it may be another by now, and by which pid. */
  private last: Process | null = null;
  private lastPid = NO_PID;
  /** Clones whose child the log does not name (yet): oldest first. */
  private readonly orphans: Process[] = [];
  private readonly pids: ReadonlySet<number>;
  private readonly startCwd: string | null;
  private first: Process | null = null;

  /** `pids`: all that appear in the log. `startCwd`: where its first process started. */
  constructor(pids: ReadonlySet<number>, startCwd: string | null) {
    this.pids = pids;
    this.startCwd = startCwd;
  }

  /** The process that makes a call; one that is new and that nobody in the log started was there before the log. */
  of(pid: number): Process {
    if (this.last !== null && this.lastPid === pid) return this.last;
    let process = this.byPid.get(pid);
    if (process === undefined) {
      process = this.adopt(pid);
      this.byPid.set(pid, process);
    }
    this.last = process;
    this.lastPid = pid;
    return process;
  }

  /** A clone, fork or vfork; `pid` null when the log does not tell the child's. Returns the child. */
  fork(parent: Process, pid: number | null, flags: number): Process {
    const child = new Process(
      pid ?? NO_PID,
      (flags & CLONE_FILES) !== 0 ? parent.fds.share() : parent.fds.copy(),
      (flags & CLONE_FS) !== 0 ? parent.fs : parent.fs.copy(),
    );
    this.last = null;
    // In a pid namespace of its own the child returns a number that strace never prints.
    if (pid === null || !this.pids.has(pid)) {
      this.orphans.push(child);
    } else {
      this.exit(pid);
      this.byPid.set(pid, child);
    }
    return child;
  }

  /** Names have changed: those of open files and current directories, too. Each is told once, whoever shares it. */
  renamed(renaming: (path: string) => string): void {
    const processes = [...this.byPid.values()];
    for (const fs of new Set(processes.map((process) => process.fs))) if (fs.cwd !== null) fs.cwd = renaming(fs.cwd);
    const files = new Set<OpenFile>();
    for (const fds of new Set(processes.map((process) => process.fds))) for (const file of fds.files()) files.add(file);
    for (const file of files) if (file.path !== null) file.path = renaming(file.path);
  }

  /** Whether another process has the same current directory (CLONE_FS). */
  sharesDirectory(process: Process): boolean {
    return [...this.byPid.values(), ...this.orphans].some((other) => other !== process && other.fs === process.fs);
  }

  exit(pid: number): void {
    const process = this.byPid.get(pid);
    if (process === undefined) return;
    this.last = null;
    this.byPid.delete(pid);
    if (process.alive) process.fds.release();
    process.alive = false;
  }

  /** A thread called execve and took over its leader's pid; all other threads end. */
  supersede(leader: number, thread: number): void {
    const process = this.byPid.get(thread);
    if (process === undefined || leader === thread) return;
    this.exit(leader);
    this.last = null;
    this.byPid.delete(thread);
    this.byPid.set(leader, process);
  }

  private adopt(pid: number): Process {
    if (this.first === null) {
      this.first = new Process(pid, new FdTable(), new CwdDomain(this.startCwd));
      return this.first;
    }
    // strace on a terminal prints pids only while there is more than one process.
    const root = this.byPid.get(NO_PID);
    if (root !== undefined && this.orphans.length === 0) return root;
    if (pid === NO_PID) {
      const alive = [...new Set(this.byPid.values())].filter((process) => process.alive);
      return alive.includes(this.first) || alive.length === 0 ? this.first : alive[0];
    }
    return this.orphans.shift() ?? new Process(pid, new FdTable(), new CwdDomain(null));
  }
}
