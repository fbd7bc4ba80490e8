import assert from 'node:assert/strict';
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { test } from 'node:test';
import { watchDisturbance } from '../../bench/judge/disturbance.js';
import { describeHost } from '../../bench/host.js';
import { fileSystemOf } from '../../bench/mounts.js';
import type { ProbeReport } from '../../replay/engine.js';

const PROBE: ProbeReport = {
  kernel: '6.1.0', available: true, errno: null, cause: null, remedy: null, features: [], setupFlags: [], opcodes: [],
  directDescriptors: true, liburing: '2.3', tracepoint: false,
};

function withFiles(files: Readonly<Record<string, string>>, use: (root: string) => void): void {
  const root = mkdtempSync(path.join(tmpdir(), 'uring-replay-test-'));
  try {
    for (const [name, text] of Object.entries(files)) {
      mkdirSync(path.join(root, path.dirname(name)), { recursive: true });
      writeFileSync(path.join(root, name), text);
    }
    use(root);
  } finally {
    rmSync(root, { recursive: true });
  }
}

test('a host is described from /proc, /sys and /etc', () => {
  const files = {
    'proc/cpuinfo': 'processor\t: 0\nmodel name\t: A CPU @ 3 GHz\nflags\t\t: fpu hypervisor sse\n',
    'proc/sys/kernel/osrelease': '6.1.0-37-amd64\n',
    'proc/sys/kernel/io_uring_disabled': '1\n',
    'proc/self/mountinfo': '22 1 254:1 / / rw - ext4 /dev/vda1 rw\n',
    'sys/devices/system/cpu/vulnerabilities/meltdown': 'Mitigation: PTI\n',
    'sys/devices/system/cpu/vulnerabilities/l1tf': 'Not affected\n',
    'sys/devices/system/cpu/cpu0/cpufreq/scaling_governor': 'powersave\n',
    'sys/devices/system/cpu/intel_pstate/no_turbo': '0\n',
    'sys/class/dmi/id/sys_vendor': 'QEMU\n',
    'etc/os-release': 'NAME=Debian\nPRETTY_NAME="Debian GNU/Linux 12 (bookworm)"\n',
    '.dockerenv': '',
  };
  withFiles(files, (root) => {
    const host = describeHost('/', PROBE, '1.2.3', root);
    assert.equal(host.kernel, '6.1.0-37-amd64');
    assert.equal(host.cpu, 'A CPU @ 3 GHz');
    assert.deepEqual(host.mitigations, { meltdown: 'Mitigation: PTI' });
    assert.equal(host.governor, 'powersave');
    assert.equal(host.turbo, true);
    assert.equal(host.fileSystem, 'ext4');
    assert.equal(host.distribution, 'Debian GNU/Linux 12 (bookworm)');
    assert.equal(host.virtualization, 'docker on kvm');
    assert.equal(host.ioUring['disabled'], '1');
    assert.equal(host.ioUring['available'], true);
    assert.deepEqual([host.versions['uring-replay'], host.versions['liburing']], ['1.2.3', '2.3']);
  });
});

test('what a host does not tell is null or unknown', () => {
  withFiles({}, (root) => {
    const host = describeHost('/', PROBE, '1', root);
    assert.deepEqual(
      [host.governor, host.virtualization, host.ioUring['disabled'], host.distribution, host.fileSystem],
      [null, null, null, 'unknown', 'unknown'],
    );
    assert.deepEqual(host.mitigations, {});
  });
});

test('this very host can be described', () => {
  const host = describeHost(tmpdir(), PROBE, '1');
  assert.match(host.kernel, /^\d+\.\d+/);
  assert.notEqual(host.fileSystem, 'unknown');
  assert.ok(host.cpus >= 1 && host.memoryBytes > 0);
});

test('the file system is that of the innermost, last mount', () => {
  const mounts = [
    '22 1 254:1 / / rw,relatime shared:1 - ext4 /dev/vda1 rw',
    '30 22 0:25 / /nowhere rw - tmpfs tmpfs rw',
    '31 30 0:26 / /nowhere/a\\040b rw - xfs /dev/vdb rw',
    '32 30 0:27 / /nowhere/a\\040b rw - btrfs /dev/vdc rw',
  ].join('\n');
  assert.equal(fileSystemOf('/nowhere', mounts), 'tmpfs');
  assert.equal(fileSystemOf('/nowhere/a b/c', mounts), 'btrfs');
  assert.equal(fileSystemOf('/nowhere/a', mounts), 'tmpfs');
  assert.equal(fileSystemOf('/nowhereelse', mounts), 'ext4');
  assert.equal(fileSystemOf('/x', ''), null);
});

test('steal is the share of all ticks since the watch began', () => {
  const stat = (steal: number, idle: number): string => `cpu  100 0 50 ${idle} 0 0 0 ${steal} 0 0\ncpu0 1 1 1 1 1 1 1 1 0 0\n`;
  withFiles({ loadavg: '0.50 0.40 0.30 1/100 4242\n', stat: stat(10, 1000) }, (root) => {
    const end = watchDisturbance(root);
    writeFileSync(path.join(root, 'stat'), stat(15, 1095));
    assert.deepEqual(end(), { loadBefore: 0.5, loadAfter: 0.5, stealPercent: 5 });
  });
  withFiles({}, (root) => {
    assert.deepEqual(watchDisturbance(root)(), { loadBefore: 0, loadAfter: 0, stealPercent: null });
  });
});
