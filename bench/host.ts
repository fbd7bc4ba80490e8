/**
 * What the figures were measured on. Everything comes from /proc, /sys and /etc; what a host does not tell
 * is null, never guessed.
 */
import { existsSync, readFileSync, readdirSync } from 'node:fs';
import os from 'node:os';
import path from 'node:path';
import type { ProbeReport } from '../replay/engine.js';
import { fileSystemByMagic, fileSystemOf } from './mounts.js';

export interface Host {
  readonly kernel: string;
  readonly arch: string;
  readonly cpu: string;
  readonly cpus: number;
  readonly memoryBytes: number;
  readonly mitigations: Readonly<Record<string, string>>;
  readonly governor: string | null;
  /** Whether the clock may rise above its nominal speed; null where the host does not tell. */
  readonly turbo: boolean | null;
  readonly fileSystem: string;
  readonly ioUring: Readonly<Record<string, unknown>>;
  readonly distribution: string;
  readonly virtualization: string | null;
  readonly versions: Readonly<Record<string, string>>;
}

/**
 * `dir`: the directory that is replayed in (its file system matters). `version`: this kit's own. `root`:
 * where /proc, /sys, /etc and /run are looked for; another one in tests.
 */
export function describeHost(dir: string, probe: ProbeReport, version: string, root = '/'): Host {
  const look = (file: string): string | null => readText(path.join(root, file));
  const cpuinfo = look('proc/cpuinfo') ?? '';
  return {
    kernel: look('proc/sys/kernel/osrelease') ?? os.release(),
    arch: process.arch,
    cpu: /^model name\s*:\s*(.+)$/m.exec(cpuinfo)?.[1] ?? os.cpus().at(0)?.model ?? 'unknown',
    cpus: os.availableParallelism(),
    memoryBytes: os.totalmem(),
    mitigations: mitigations(root),
    turbo: turbo(look),
    governor: look('sys/devices/system/cpu/cpu0/cpufreq/scaling_governor'),
    fileSystem: fileSystemOf(dir, look('proc/self/mountinfo') ?? '') ?? (root === '/' ? fileSystemByMagic(dir) : null) ?? 'unknown',
    ioUring: { ...probe, disabled: look('proc/sys/kernel/io_uring_disabled') },
    distribution: /^PRETTY_NAME="?([^"\n]*)"?$/m.exec(look('etc/os-release') ?? '')?.[1] ?? 'unknown',
    virtualization: virtualization(look, cpuinfo, root),
    versions: {
      'uring-replay': version,
      liburing: probe.liburing,
      node: process.versions.node,
      v8: process.versions.v8,
      libuv: process.versions.uv,
    },
  };
}

/** Whether the clock may rise above its nominal speed; null where no driver tells (virtual machines mostly). */
function turbo(look: Look): boolean | null {
  const never = look('sys/devices/system/cpu/intel_pstate/no_turbo');
  if (never !== null) return never === '0';
  const boost = look('sys/devices/system/cpu/cpufreq/boost');
  return boost === null ? null : boost === '1';
}

/** Each vulnerability that this CPU has, and what the kernel does about it: that is what a kernel entry costs. */
function mitigations(root: string): Record<string, string> {
  const dir = path.join(root, 'sys/devices/system/cpu/vulnerabilities');
  const found: Record<string, string> = {};
  for (const name of listDir(dir)) {
    const state = readText(path.join(dir, name));
    if (state !== null && state !== 'Not affected') found[name] = state;
  }
  return found;
}

/** Vendor strings of DMI, as hypervisors set them (systemd's src/basic/virt.c has the longer list). */
const VENDORS: readonly (readonly [RegExp, string])[] = [
  [/Firecracker/i, 'firecracker'],
  [/KVM|QEMU|Amazon EC2|Google|OpenStack|DigitalOcean|Hetzner/i, 'kvm'],
  [/VMware/i, 'vmware'],
  [/Microsoft Corporation/i, 'hyper-v'],
  [/innotek|VirtualBox/i, 'virtualbox'],
  [/Xen/i, 'xen'],
  [/Parallels/i, 'parallels'],
];

type Look = (file: string) => string | null;

/** A container's name, a hypervisor's, both ("docker on kvm"), or null on bare metal. */
function virtualization(look: Look, cpuinfo: string, root: string): string | null {
  const layers = [container(look, root), hypervisor(look, cpuinfo)].filter((layer) => layer !== null);
  return layers.length === 0 ? null : layers.join(' on ');
}

function container(look: Look, root: string): string | null {
  if (existsSync(path.join(root, 'run/.containerenv'))) return 'podman';
  if (existsSync(path.join(root, '.dockerenv'))) return 'docker';
  return look('run/host/container-manager') ?? look('run/systemd/container');
}

function hypervisor(look: Look, cpuinfo: string): string | null {
  if (/microsoft/i.test(look('proc/sys/kernel/osrelease') ?? '')) return 'wsl';
  if (!/^flags\s*:.*\bhypervisor\b/m.test(cpuinfo)) return null;
  const vendor = ['sys_vendor', 'product_name', 'board_vendor', 'bios_vendor']
    .map((name) => look(`sys/class/dmi/id/${name}`) ?? '')
    .join(' ');
  return VENDORS.find(([pattern]) => pattern.test(vendor))?.[1] ?? 'unknown hypervisor';
}

/** Trimmed; null where the file is absent or closed to us. */
export function readText(file: string): string | null {
  try {
    return readFileSync(file, 'utf8').trim();
  } catch {
    return null;
  }
}

function listDir(dir: string): string[] {
  try {
    return readdirSync(dir).sort();
  } catch {
    return [];
  }
}
