/** strace on a process that already runs. */
import { spawn, type ChildProcess } from 'node:child_process';
import { closeSync, openSync, readFileSync } from 'node:fs';
import { rm } from 'node:fs/promises';
import { setTimeout as sleep } from 'node:timers/promises';
import { UringReplayError } from '../../replay/errors.js';
import { ptraceRemedy, STRACE_FLAGS, straceVersion } from './strace.js';

/** How often strace's own messages are looked at. */
const POLL_MS = 5;

export interface Attached {
  /** Threads that the process had then. */
  readonly threads: number;
  /** Resolves when strace is gone: told to go, or because every traced process has ended. */
  readonly ended: Promise<void>;
  /** Lets the process go; resolves when the log is complete. */
  detach(): Promise<void>;
}

/**
 * Traces process `pid`, its threads and what they start from now on, into `file`. Resolves when all its threads are
 * traced. It keeps nobody waiting: a process may end while it traces itself.
 * Throws UR_NO_STRACE, UR_NO_PROCESS, UR_TRACED, UR_NO_PTRACE.
 */
export async function attach(pid: number, file: string): Promise<Attached> {
  await straceVersion();
  const messages = `${file}.messages`;
  const child = start(pid, file, messages);
  const strace = { gone: false };
  const ended = new Promise<void>((resolve) => {
    const go = (): void => {
      strace.gone = true;
      resolve();
    };
    child.once('exit', go).once('error', go);
  });
  try {
    for (;;) {
      const said = readFileSync(messages, 'latin1');
      const attached = /^strace: Process \d+ attached(?: with (\d+) threads)?$/m.exec(said);
      if (attached !== null) {
        child.unref();
        return { threads: Number(attached.at(1) ?? 1), ended, detach: () => detach(child, ended) };
      }
      if (strace.gone) throw await refusal(pid, said);
      await sleep(POLL_MS);
    }
  } finally {
    // strace goes on writing into it: what it says must never block it, as a pipe to the process it holds would.
    await rm(messages, { force: true });
  }
}

/** In a session of its own: Ctrl-C is for whoever waits for it, which then detaches. */
function start(pid: number, file: string, messages: string): ChildProcess {
  const stderr = openSync(messages, 'w');
  try {
    return spawn('strace', [...STRACE_FLAGS, '-o', file, '-p', String(pid)], { stdio: ['ignore', 'ignore', stderr], detached: true });
  } finally {
    closeSync(stderr);
  }
}

async function detach(child: ChildProcess, ended: Promise<void>): Promise<void> {
  child.ref();
  child.kill('SIGINT');
  await ended;
}

async function refusal(pid: number, said: string): Promise<UringReplayError> {
  const reason = said.trim().split('\n').at(-1)?.replace(/^strace: /, '') ?? '';
  if (/No such process/.test(reason)) return new UringReplayError('UR_NO_PROCESS', `there is no process ${pid}`, 'pgrep -a NAME lists processes by name.');
  const tracer = tracerOf(pid);
  if (tracer !== 0) {
    return new UringReplayError('UR_TRACED', `process ${pid} is already traced, by process ${tracer}`, 'Only one strace or debugger can trace a process (ptrace(2)): end the other one.');
  }
  return new UringReplayError('UR_NO_PTRACE', `strace may not attach to process ${pid}: ${reason || 'it gave no reason'}`, await attachRemedy());
}

function tracerOf(pid: number): number {
  try {
    return Number(/^TracerPid:\s*(\d+)/m.exec(readFileSync(`/proc/${pid}/status`, 'latin1'))?.[1] ?? 0);
  } catch {
    return 0;
  }
}

/** Attaching takes more than tracing a child does: Yama's scope 1 (ptrace(2)), and the same user. */
async function attachRemedy(): Promise<string> {
  let scope = '0';
  try {
    scope = readFileSync('/proc/sys/kernel/yama/ptrace_scope', 'latin1').trim();
  } catch {
    // A kernel without Yama.
  }
  if (scope === '1') {
    return 'kernel.yama.ptrace_scope is 1, which allows to trace children only: run as root, or sysctl -w kernel.yama.ptrace_scope=0, or start it traced: uring-replay record -o LOG -- CMD...';
  }
  if (scope !== '0') return ptraceRemedy();
  return `Processes of other users, and those with more privileges, take root. ${await ptraceRemedy()}`;
}
