/** The engines themselves: a small program replayed by each, and what the kernel says of io_uring. */
import type { EngineName, NativeAddon, ProbeReport } from '../../replay/engine.js';
import { UringReplayError } from '../../replay/errors.js';
import { ProgramBuilder } from '../../replay/plan/encode.js';
import { CHECK_SUCCESS, CHECK_VALUE, CWD } from '../../replay/plan/format.js';
import { fail, ok, warn, type Finding } from './finding.js';
import { status, sysctl } from './proc.js';

/** What the ring engine asks of io_uring; a call whose opcode is missing is issued plainly. */
const OPCODES = ['openat', 'openat2', 'close', 'statx', 'read', 'readv', 'fadvise'] as const;

export async function replayFindings(): Promise<{ probe: ProbeReport | null; findings: Finding[] }> {
  let addon: NativeAddon;
  try {
    addon = (await import('../../replay/native.js')).loadNative();
  } catch (error) {
    if (!(error instanceof UringReplayError)) throw error;
    return { probe: null, findings: [fail('addon', error.message, error.remedy ?? 'npm run build')] };
  }
  const probe = addon.probe();
  const findings = [ok('addon', `loaded, liburing ${probe.liburing}`), await engineFinding(addon, 'serial')];
  if (probe.available) findings.push(await engineFinding(addon, 'ring'));
  return { probe, findings: [...findings, ...uringFindings(probe)] };
}

/** stat, open, read nothing and close of `/`, as a replay would. */
function smallProgram(): Uint8Array {
  const builder = new ProgramBuilder();
  builder.useSlots(1);
  const root = Buffer.from('/');
  const opened = builder.add({ code: 'openat', fd: CWD, path: root, a: 0o2000000, out: 0, check: CHECK_SUCCESS, line: 1 });
  const statted = builder.add({ code: 'fstat', fd: 0, check: CHECK_VALUE, expect: 0, deps: [opened], line: 2 });
  builder.add({ code: 'newfstatat', fd: CWD, path: root, check: CHECK_VALUE, expect: 0, line: 3 });
  builder.add({ code: 'close', fd: 0, check: CHECK_VALUE, expect: 0, deps: [opened, statted], line: 4 });
  return builder.finish();
}

async function engineFinding(addon: NativeAddon, engine: EngineName): Promise<Finding> {
  const name = `${engine} replay`;
  try {
    const replay = addon.create(smallProgram(), { engine });
    try {
      const { passes, divergences } = await replay.run(3);
      const differing = divergences.reduce((sum, n) => sum + n, 0);
      if (passes === 3 && differing === 0) return ok(name, 'works');
      return fail(name, `${differing} wrong outcomes in ${passes} passes over 4 calls on /`, 'A security module (seccomp, AppArmor, SELinux) changes what calls do: try outside of the container.');
    } finally {
      replay.close();
    }
  } catch (error) {
    if (!(error instanceof UringReplayError)) throw error;
    return fail(name, error.message, error.remedy ?? 'See the io_uring line.');
  }
}

function uringFindings(probe: ProbeReport): Finding[] {
  const disabled = sysctl('kernel.io_uring_disabled');
  if (!probe.available) {
    return [fail('io_uring', probe.cause ?? probe.errno ?? 'refused', probe.remedy ?? 'See io_uring_setup(2).')];
  }
  const findings = [ok('io_uring', `Linux ${probe.kernel}; kernel.io_uring_disabled ${disabled ?? 'is not known to this kernel'}; seccomp ${seccompMode()}`)];
  const setup = probe.setupFlags.join(', ');
  findings.push(
    probe.setupFlags.some((flag) => flag.endsWith('DEFER_TASKRUN'))
      ? ok('ring set-up', setup)
      : warn('ring set-up', setup === '' ? 'no optional flags' : setup, 'Linux 6.1 and newer run completions where they are asked for (DEFER_TASKRUN); older rings cost more.'),
  );
  const missing = OPCODES.filter((opcode) => !probe.opcodes.includes(opcode));
  findings.push(
    missing.length === 0
      ? ok('ring opcodes', OPCODES.join(', '))
      : warn('ring opcodes', `missing: ${missing.join(', ')}; these calls are issued plainly`, 'Linux 5.6 and newer have them.'),
  );
  findings.push(
    probe.directDescriptors
      ? ok('direct descriptors', 'supported')
      : warn('direct descriptors', 'not supported', 'Linux 5.15 and newer have them; open, read, close chains are not linked without.'),
  );
  findings.push(
    probe.tracepoint
      ? ok('punt counting', 'tracepoint io_uring_queue_async_work')
      : warn('punt counting', 'no access to tracepoints; counted by completions present when submit returns', 'Run as root (or with CAP_PERFMON) for exact figures.'),
  );
  return findings;
}

function seccompMode(): string {
  return { '0': 'off', '1': 'strict', '2': 'filtering' }[status('Seccomp') ?? ''] ?? 'unknown';
}
