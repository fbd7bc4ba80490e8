import assert from 'node:assert/strict';
import { spawnSync } from 'node:child_process';
import { mkdirSync, mkdtempSync, realpathSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { test } from 'node:test';
import { traceOf } from '../../../replay/strace/load.js';
import { resolve } from '../../../replay/world/resolve.js';
import { treeDigest } from '../../../replay/world/tree/digest.js';
import { createSandbox } from '../../../replay/world/tree/sandbox.js';
import type { PlanOptions } from '../../../replay/world/types.js';
import { engines, replay, skip } from './inside.js';

/** A log that claims to have done, with success, whatever could hurt `victim` (a directory outside of any sandbox). */
function hostileLog(victim: string): string {
  const up = '../'.repeat(40).slice(0, -1);
  const long = '/x'.repeat(2047);
  return `
getcwd("/w", 99) = 3
mkdir("/w/d", 0755) = 0
open("${victim}/file", O_WRONLY|O_TRUNC) = 3
write(3, "x", 1) = 1
close(3) = 0
open("${up}${victim}/file", O_RDWR) = 3
ftruncate(3, 0) = 0
unlink("${up}${victim}/other") = 0
rmdir("${victim}/empty") = 0
rename("${victim}/file", "${up}${victim}/moved") = 0
chmod("${victim}", 0) = 0
renameat2(AT_FDCWD, "${victim}/file", AT_FDCWD, "/w/d", RENAME_EXCHANGE) = 0
renameat2(AT_FDCWD, "${up}${victim}", AT_FDCWD, "${victim}/empty/../../w", RENAME_EXCHANGE) = 0
open("${up}${victim}/third", O_RDWR) = 23
copy_file_range(23, [0], 23, [100000], 100, 0) = 100
copy_file_range(23, [0], 3, NULL, 100, 0) = 100
symlink("${victim}", "/w/out") = 0
open("/w/out/made", O_WRONLY|O_CREAT, 0644) = 4
readlink("/w/l1", "${up}${victim}", 4096) = ${up.length + victim.length}
open("/w/l1/made2", O_WRONLY|O_CREAT|O_EXCL, 0644) = 5
mkdir("/w/l1/dir", 0755) = 0
open("/proc/self/root${victim}/file2", O_WRONLY|O_CREAT, 0644) = 6
open("/proc/self/cwd/..${victim}/file2", O_RDONLY) = 7
unlink("/proc/1/root${victim}/third") = 0
unlink("/proc/./self/root${victim}/third") = 0
truncate("/proc/self/root${victim}/third", 0) = 0
chmod("/proc/self/cwd/../..${victim}/third", 0) = 0
readlink("/proc/self/exe", "${up}${victim}/third", 4096) = ${up.length + victim.length + 6}
open("/proc/self/exe", O_WRONLY|O_TRUNC) = 16
readlink("/proc/self", "${victim}", 4096) = ${victim.length}
open("/proc/self/file", O_RDONLY) = 17
open("/proc/self/file", O_WRONLY|O_TRUNC) = 18
open("/proc/self/fd/4", O_WRONLY|O_TRUNC) = 19
open("/proc/sys/vm/drop_caches", O_WRONLY) = 20
write(20, "3", 1) = 1
mkdir("/sys/fs/cgroup/made", 0755) = 0
open("/sys/kernel/../..${victim}/file", O_RDWR) = 21
ftruncate(21, 0) = 0
chdir("/proc/1/cwd") = 0
open("../..${victim}/file", O_WRONLY|O_TRUNC) = 22
open("/dev/null", O_RDWR) = 8
open("/dev/sda", O_WRONLY) = 9
open("${victim}/fifo", O_RDONLY) = 10
fstat(10, {st_mode=S_IFIFO|0644, st_size=0, ...}) = 0
open("${victim}/fifo2", O_RDONLY) = 11
read(11, "x", 1) = 1
open("${victim}/tofifo", O_RDONLY) = 12
mknod("/w/p", S_IFIFO|0644) = 0
rename("/w/p", "/w/q") = 0
open("/w/q", O_RDONLY) = 13
rename("/w", "/v") = 0
open("/v/q", O_RDONLY) = 14
mknod("/w2", S_IFBLK|0600, makedev(0x8, 0)) = 0
open("${long}", O_WRONLY|O_CREAT, 0644) = 15
mkdir("${long.slice(0, -4)}", 0755) = 0
chroot("/w") = 0
unlink("${victim}/third") = 0
`;
}

function makeVictim(): string {
  const victim = realpathSync(mkdtempSync(join(tmpdir(), 'victim-')));
  for (const name of ['file', 'other', 'third']) writeFileSync(join(victim, name), name.repeat(100));
  mkdirSync(join(victim, 'empty'));
  for (const name of ['fifo', 'fifo2']) spawnSync('mkfifo', [join(victim, name)]);
  symlinkSync('fifo2', join(victim, 'tofifo'));
  return victim;
}

for (const mode of ['sandbox', 'confined', 'live'] as const) {
  test(`${mode}: nothing outside the sandbox changes, nothing blocks, whatever the log claims`, { skip }, async () => {
    const victim = makeVictim();
    const trace = traceOf(Buffer.from(hostileLog(victim)), 'hostile.strace');
    const planned: PlanOptions = { mode, ...(mode === 'confined' ? { root: Buffer.from('/nowhere') } : {}) };
    const sandbox = mode === 'live' ? null : await createSandbox(resolve(trace, planned).tree, { confined: mode === 'confined' });
    try {
      const before = treeDigest(victim, { content: true });
      const options = mode === 'confined' ? { ...planned, root: Buffer.from(sandbox!.path) } : planned;
      const plan = resolve(trace, options);
      assert.equal(plan.ops + plan.ledger.reduce((sum, entry) => sum + entry.count, 0), trace.length);
      replay(mode === 'sandbox' ? sandbox!.path : null, plan.program, engines());
      assert.equal(treeDigest(victim, { content: true }), before);
    } finally {
      sandbox?.remove();
      rmSync(victim, { recursive: true });
    }
  });
}
