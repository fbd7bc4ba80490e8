/** Starts a guest with qemu and waits for its end, never longer than a deadline. */
import { spawn } from 'node:child_process';
import { constants as osConstants, setPriority } from 'node:os';
import { readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { temporaryFolder } from '../../replay/temporary.js';
import { needTool, runTool } from './tools.js';
import type { Tier } from './tier.js';

export const QEMU = 'qemu-system-x86_64';

/** qemu's version, e.g. `7.2.22`. Instruction counts are comparable within one version. */
export async function qemuVersion(): Promise<string> {
  const text = (await runTool(QEMU, ['--version'])).toString('utf8');
  return /version (\S+)/.exec(text)?.[1] ?? 'unknown';
}

/** Words that choose a mitigation (Documentation/admin-guide/kernel-parameters.txt). */
const MITIGATIONS = /(^| )(mitigations|pti|spectre_v2|spectre_v2_user|spec_store_bypass_disable|retbleed|spec_rstack_overflow|srbds|mds|l1tf|gather_data_sampling)=/;

/**
 * What every guest boots with. No mitigations, unless `extra` chooses one: mitigations=off would override it.
 * Of other words the later one wins.
 */
export function kernelCommandLine(extra: string): string {
  const base = 'console=ttyS0 panic=-1 quiet nokaslr tsc=reliable random.trust_cpu=off rdinit=/init';
  return [base, ...(MITIGATIONS.test(extra) ? [] : ['mitigations=off']), ...(extra === '' ? [] : [extra])].join(' ');
}

export interface GuestFiles {
  readonly kernel: string;
  readonly initrd: string;
  /** A raw image attached read-only as /dev/vda. Not with icount: a disk moves its figures by up to 3 %. */
  readonly disk?: string;
}

export interface GuestOptions {
  readonly tier: Tier;
  readonly memoryMiB: number;
  /** Appended to the kernel's command line. */
  readonly commandLine: string;
  readonly deadlineMs: number;
  readonly signal?: AbortSignal;
}

export interface GuestEnd {
  /** Bytes of the second serial port: the frames. */
  readonly output: Buffer;
  readonly console: string;
  /** How the guest ended: by itself, at the deadline, or qemu's own failure. */
  readonly end: 'exited' | 'deadline' | 'cancelled' | 'qemu failed';
  readonly detail: string;
  readonly seconds: number;
}

/**
 * One virtual CPU, no devices but two serial ports, a clock that starts at the same second.
 * - icount: one instruction takes one nanosecond of guest time and nothing else does, except idling.
 *   rdrand and rdseed would differ from run to run; with erms and fsrm every iteration of a REP counts.
 * - functional: plain emulation.
 */
export function qemuArguments(tier: Tier, files: GuestFiles, memoryMiB: number, commandLine: string, serial: readonly [string, string]): string[] {
  const deterministicCpu = ['-cpu', 'max,-rdrand,-rdseed,-erms,-fsrm', '-seed', '1', '-rtc', 'base=2025-01-01T00:00:00,clock=vm'];
  const machine: Readonly<Record<Tier, readonly string[]>> = {
    kvm: ['-accel', 'kvm', '-cpu', 'host'],
    icount: ['-accel', 'tcg,thread=single', '-icount', 'shift=0,sleep=off', ...deterministicCpu],
    functional: ['-accel', 'tcg', ...deterministicCpu],
  };
  return [
    ...machine[tier], '-smp', '1', '-m', String(memoryMiB), '-nodefaults', '-no-user-config', '-no-reboot', '-display', 'none',
    '-serial', `file:${serial[0]}`, '-serial', `file:${serial[1]}`,
    ...(files.disk === undefined ? [] : ['-drive', `file=${files.disk},format=raw,if=virtio,readonly=on,snapshot=off`]),
    '-kernel', files.kernel, '-initrd', files.initrd, '-append', commandLine,
  ];
}

/** Ends the guest by the id of its process, never by name. */
function superviseEnd(child: ReturnType<typeof spawn>, options: GuestOptions): Promise<{ end: GuestEnd['end']; detail: string }> {
  return new Promise((resolve) => {
    let end: GuestEnd['end'] = 'exited';
    const stop = (why: GuestEnd['end']): void => {
      end = why;
      child.kill('SIGKILL');
    };
    const deadline = setTimeout(() => { stop('deadline'); }, options.deadlineMs);
    const onAbort = (): void => { stop('cancelled'); };
    options.signal?.addEventListener('abort', onAbort, { once: true });
    if (options.signal?.aborted === true) onAbort();
    let said = '';
    child.stderr?.on('data', (chunk: Buffer) => { said = (said + chunk.toString('utf8')).slice(-2000); });
    child.on('error', (error) => { said += error.message; });
    child.on('close', (code) => {
      clearTimeout(deadline);
      options.signal?.removeEventListener('abort', onAbort);
      if (end === 'exited' && code !== 0) end = 'qemu failed';
      resolve({ end, detail: said.trim() });
    });
  });
}

/** Boots the guest in a scratch directory of its own and hands back all it said. */
export async function runGuest(files: GuestFiles, options: GuestOptions): Promise<GuestEnd> {
  const scratch = temporaryFolder('uring-replay-guest-');
  const serial = [join(scratch.path, 'console'), join(scratch.path, 'frames')] as const;
  const started = performance.now();
  try {
    await Promise.all(serial.map((file) => writeFile(file, '')));
    const args = qemuArguments(options.tier, files, options.memoryMiB, kernelCommandLine(options.commandLine), serial);
    const child = spawn(needTool(QEMU), args, { stdio: ['ignore', 'ignore', 'pipe'] });
    // Emulation takes a whole core for seconds; whoever works on this machine goes first.
    if (child.pid !== undefined && options.tier !== 'kvm') setPriority(child.pid, osConstants.priority.PRIORITY_LOW);
    const { end, detail } = await superviseEnd(child, options);
    const [console, output] = await Promise.all([readFile(serial[0], 'latin1'), readFile(serial[1])]);
    return { output, console, end, detail, seconds: (performance.now() - started) / 1000 };
  } finally {
    scratch.remove();
  }
}

/** The console's last lines without terminal codes, from the line that says why the kernel stopped where there is one. */
export function consoleTail(console: string, lines = 12): string {
  // eslint-disable-next-line no-control-regex
  const plain = console.replace(/\x1b\[[0-9;?]*[A-Za-z]|\x1bc/g, '').replaceAll('\r', '');
  const all = plain.split('\n').filter((line) => line.trim() !== '');
  const panic = all.findIndex((line) => line.includes('Kernel panic'));
  return (panic < 0 ? all.slice(-lines) : all.slice(Math.max(panic - 2, 0), panic - 2 + lines)).join('\n');
}
