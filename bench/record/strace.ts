/** strace itself: whether it is there, whether it may trace, and one traced run. */
import { execFile, spawn } from 'node:child_process';
import { readFile } from 'node:fs/promises';
import { promisify } from 'node:util';
import { UringReplayError } from '../../replay/errors.js';
import { findProgram } from '../find-program.js';
import { terminateOnAbort } from './process-tree.js';

/** What a replay needs: every process, times of entry, durations, long buffers. */
export const STRACE_FLAGS = ['-f', '-ttt', '-T', '-s', '4096'] as const;

export const INSTALL_STRACE = 'Debian, Ubuntu: apt install strace; Fedora: dnf install strace; Alpine: apk add strace; Arch: pacman -S strace';

const run = promisify(execFile);

/** strace's version, `6.1`. Throws UR_NO_STRACE. */
export async function straceVersion(): Promise<string> {
  if (findProgram('strace') === null) throw new UringReplayError('UR_NO_STRACE', 'strace is not installed', INSTALL_STRACE);
  const { stdout } = await run('strace', ['-V']);
  return /version (\S+)/.exec(stdout)?.[1] ?? 'unknown';
}

/** Traces `true`. Resolves to null, or to strace's own words on why it may not. */
export async function whyNotTrace(): Promise<string | null> {
  try {
    await run('strace', ['-f', '-o', '/dev/null', 'true']);
    return null;
  } catch (error) {
    const { stderr, message } = error as Error & { stderr?: string };
    return (stderr ?? message).trim().split('\n')[0] ?? message;
  }
}

/** What to do where ptrace(2) is refused. */
export async function ptraceRemedy(): Promise<string> {
  const scope = await readFile('/proc/sys/kernel/yama/ptrace_scope', 'utf8').catch(() => '0');
  if (scope.trim() === '3') {
    return 'kernel.yama.ptrace_scope is 3, which only a restart undoes: remove it from /etc/sysctl.d, restart, and keep it at 1.';
  }
  if (scope.trim() === '2') return 'kernel.yama.ptrace_scope is 2: run as root, or sysctl -w kernel.yama.ptrace_scope=1';
  return 'In a container: docker run --cap-add=SYS_PTRACE --security-opt seccomp=unconfined ...; in a sandbox, record outside of it.';
}

export interface Ended {
  readonly status: number | null;
  readonly signal: string | null;
}

/**
 * Runs the command under strace, its standard streams passed through; the log goes to `file`. strace blocks fatal
 * signals meanwhile, so an abort ends the command, and strace with it.
 */
export async function trace(command: readonly string[], file: string, signal?: AbortSignal): Promise<Ended> {
  const child = spawn('strace', [...STRACE_FLAGS, '-o', file, '--', ...command], { stdio: 'inherit' });
  const stopWatching = terminateOnAbort(child.pid ?? 0, signal);
  try {
    return await new Promise((resolve, reject) => {
      child.once('error', reject);
      child.once('exit', (status, signalName) => {
        resolve({ status, signal: signalName });
      });
    });
  } finally {
    stopWatching();
  }
}
