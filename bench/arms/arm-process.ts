/**
 * An arm's own process, seen from the parent. A process of its own, because an arm may enter a root
 * directory for good, because CPU time is counted per process (io-wq and SQPOLL threads included), and
 * because a crash in one arm must not take the experiment with it.
 *
 * Nothing outlives the parent: the child ends with it or with what connects them (arm-server.ts, native/serve.cc).
 */
import type { ChildProcess } from 'node:child_process';
import { closeSync, openSync, readdirSync, readFileSync, writeSync } from 'node:fs';
import path from 'node:path';
import type { CountReport, RunReport, TimelineReport } from '../../replay/engine.js';
import { UringReplayError } from '../../replay/errors.js';
import { temporaryFolder } from '../../replay/temporary.js';
import {
  unpackError,
  type ArmCallName,
  type ArmCalls,
  type ArmReply,
  type ArmRequest,
  type PrepareRequest,
} from './arm-protocol.js';
import type { ArmChannel } from './channel.js';
import { NODE_ARM, openNodeChannel } from './node-channel.js';
import { openRunnerChannel } from './runner-channel.js';
import { syscallsPerPass } from './syscalls.js';

/** direct: as this process is. unshare: as root of a user namespace of its own, so that it may chroot. */
export type ArmStart = 'direct' | 'unshare';

export interface ArmProcessOptions {
  /** For messages. */
  readonly id: string;
  readonly start: ArmStart;
  /** A command that starts the rest of its arguments (in a namespace, on certain CPUs, ...). */
  readonly launcher?: readonly string[];
  /** From openProgram(); null for a process that only tries whether it can enter a root. */
  readonly programFd: number | null;
  /** Added to this process's environment. */
  readonly env?: Readonly<Record<string, string>>;
  /** A module to be its entry in Node; absent: the runner, which has all native engines. */
  readonly main?: URL;
}

const STDERR_LINES_MAX = 5;
const STDERR_CHARS_MAX = 4096;
const CLOSE_WAIT_MS = 2000;

interface Pending {
  readonly resolve: (body: unknown) => void;
  readonly reject: (error: Error) => void;
}

export class ArmProcess {
  readonly id: string;
  /** Whether renew() is possible; else another ArmProcess is. */
  readonly renewable: boolean;
  readonly #channel: ArmChannel;
  /** Whether only the kernel knows how often it is entered. */
  readonly #entersByItself: boolean;
  /** Of the runner: what keeps the process that replays. */
  readonly #child: ChildProcess;
  #replaying: number | undefined;
  readonly #pending = new Map<number, Pending>();
  readonly #gone: Promise<void>;
  #death: Error | null = null;
  #doing: ArmCallName | null = null;
  #sent = 0;
  #stderr = '';

  constructor({ id, start, launcher = [], programFd, env = {}, main }: ArmProcessOptions) {
    this.id = id;
    this.renewable = main === undefined;
    this.#entersByItself = main === NODE_ARM;
    // A multi-threaded process cannot create a user namespace (unshare(2): EINVAL), and Node always is one;
    // util-linux's unshare does it before it becomes the arm.
    const prefix = [...launcher, ...(start === 'unshare' ? ['unshare', '--user', '--map-root-user', '--'] : [])];
    const options = { launcher: prefix, programFd, env: { ...armEnvironment(), ...env }, onReply: (reply: ArmReply) => { this.#settle(reply); } };
    this.#channel = main === undefined ? openRunnerChannel(options) : openNodeChannel(main, options);
    this.#child = this.#channel.child;
    this.#child.stderr?.setEncoding('utf8').on('data', (text: string) => {
      this.#stderr = (this.#stderr + text).slice(-STDERR_CHARS_MAX);
    });
    this.#gone = new Promise((resolve) => {
      this.#child.once('error', (error) => {
        this.#die(new UringReplayError('UR_ARM_START', `arm ${id}: cannot start its process: ${error.message}`, null, { cause: error }));
        if (this.#child.pid === undefined) resolve();
      });
      // 'close' comes after 'exit' and after the last of stderr.
      this.#child.once('close', (code, signal) => {
        this.#die(this.#deathNotice(code, signal));
        resolve();
      });
    });
  }

  /** Of what replays, once it is prepared. */
  get pid(): number | undefined {
    return this.#replaying ?? this.#child.pid;
  }

  /** Resolves when the process has ended; never rejects. */
  get gone(): Promise<void> {
    return this.#gone;
  }

  async prepare(request: PrepareRequest): Promise<Readonly<Record<string, unknown>>> {
    const notes = await this.#call('prepare', request);
    if (this.renewable) this.#replaying = Number(notes['threadId']);
    return notes;
  }

  async enter(root: string): Promise<void> {
    await this.#call('enter', { root });
  }

  run(passes: number): Promise<RunReport> {
    return this.#call('run', { passes });
  }

  async count(): Promise<CountReport> {
    const report = await this.#call('count', null);
    return this.#entersByItself ? { ...report, syscalls: await syscallsPerPass(this) } : report;
  }

  profile(): Promise<Float64Array> {
    return this.#call('profile', null);
  }

  timeline(): Promise<TimelineReport> {
    return this.#call('timeline', null);
  }

  /** How many io-wq workers it has now: the kernel names its threads iou-wrk-PID (io_uring/io-wq.c). */
  workers(): number {
    const tasks = `/proc/${this.pid ?? 0}/task`;
    try {
      return readdirSync(tasks).filter((task) => readFileSync(`${tasks}/${task}/comm`, 'latin1').startsWith('iou-wrk-')).length;
    } catch {
      return 0; // a thread, or all of them, ended meanwhile
    }
  }

  /** Ends what replays: the next prepare() is for a fresh process, with nothing left of this one. */
  async renew(): Promise<void> {
    await this.#call('renew', null);
    this.#replaying = undefined;
  }

  /** Orderly end; resolves when the process is gone. Never rejects. */
  async close(): Promise<void> {
    const late = setTimeout(() => this.#child.kill('SIGKILL'), CLOSE_WAIT_MS);
    try {
      await this.#call('close', null);
    } catch {
      // It died or could not close: gone or killed below, which is what was asked for.
    }
    clearTimeout(late);
    await this.kill();
  }

  /** Immediate end; requests under way are rejected. Resolves when the process is gone. */
  async kill(): Promise<void> {
    this.#child.kill('SIGKILL');
    await this.#gone;
  }

  #call<Name extends ArmCallName>(name: Name, body: ArmCalls[Name]['request']): Promise<ArmCalls[Name]['reply']> {
    if (this.#death !== null) return Promise.reject(this.#death);
    const request: ArmRequest<Name> = { number: ++this.#sent, name, body };
    this.#doing = name;
    return new Promise((resolve, reject) => {
      this.#pending.set(request.number, { resolve: resolve as (body: unknown) => void, reject });
      // A failed send means that the process has gone: 'close' follows and rejects with the reason.
      this.#channel.send(request);
    });
  }

  #settle(reply: ArmReply): void {
    const pending = this.#pending.get(reply.number);
    if (pending === undefined) return;
    this.#pending.delete(reply.number);
    if (reply.ok) pending.resolve(reply.body);
    else pending.reject(unpackError(reply.error));
  }

  #die(error: Error): void {
    this.#death ??= error;
    for (const { reject } of this.#pending.values()) reject(this.#death);
    this.#pending.clear();
  }

  #deathNotice(code: number | null, signal: NodeJS.Signals | null): UringReplayError {
    const how = signal === null ? `exited with status ${code ?? 'unknown'}` : `was killed by ${signal}`;
    const last = this.#stderr.trimEnd().split('\n').slice(-STDERR_LINES_MAX).join('\n');
    const lines = last === '' ? 'it wrote nothing to stderr' : `its last lines on stderr:\n${last}`;
    const doing = this.#doing === null ? '' : ` during "${this.#doing}"`;
    const remedy =
      signal === 'SIGKILL'
        ? 'If nobody killed it, the kernel may have run out of memory (see dmesg).'
        : 'Please report this with the log that was replayed.';
    return new UringReplayError('UR_ARM_DIED', `arm ${this.id}: its process ${how}${doing}; ${lines}`, remedy);
  }
}

/**
 * Puts the program where arm processes can read it: a descriptor for ArmProcessOptions, of a file that has
 * no name any more, so that nothing is left behind however this process ends. The caller closes it.
 */
export function openProgram(program: Uint8Array): number {
  const folder = temporaryFolder('uring-replay-program-');
  try {
    const fd = openSync(path.join(folder.path, 'program'), 'wx+', 0o600);
    try {
      for (let at = 0; at < program.length; ) at += writeSync(fd, program, at, program.length - at, at);
    } catch (error) {
      closeSync(fd);
      throw error;
    }
    return fd;
  } finally {
    folder.remove();
  }
}

/** The parent's, without what would make Node do something of its own (inspector, coverage, more threads). */
function armEnvironment(): NodeJS.ProcessEnv {
  const environment = { ...process.env, UV_THREADPOOL_SIZE: '1' };
  for (const name of ['NODE_OPTIONS', 'NODE_V8_COVERAGE', 'UV_USE_IO_URING']) Reflect.deleteProperty(environment, name);
  return environment;
}
