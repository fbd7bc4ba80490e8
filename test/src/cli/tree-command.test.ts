import assert from 'node:assert/strict';
import { execFileSync, spawnSync } from 'node:child_process';
import fs from 'node:fs';
import os from 'node:os';
import path from 'node:path';
import { after, describe, it } from 'node:test';
import { fileURLToPath } from 'node:url';

const MAIN = fileURLToPath(new URL('../../../src/cli/main.js', import.meta.url));
const dir = fs.mkdtempSync(path.join(os.tmpdir(), 'ur-test-tree-command-'));
after(() => {
  fs.rmSync(dir, { recursive: true });
});
const LOG = path.join(dir, 'small.strace');
fs.writeFileSync(
  LOG,
  `1 1700000000.000001 newfstatat(AT_FDCWD, "/etc/ld.so.cache", {st_mode=S_IFREG|0644, st_size=30000, ...}, 0) = 0 <0.000010>
1 1700000000.000002 readlink("/lib", "usr/lib", 4096) = 7 <0.000010>
1 1700000000.000003 openat(AT_FDCWD, "/lib/libc.so.6", O_RDONLY|O_CLOEXEC) = 3 <0.000010>
1 1700000000.000004 read(3, "\\177ELF"..., 832) = 832 <0.000010>
1 1700000000.000005 stat("/etc/missing", 0x7ffc00000000) = -1 ENOENT (No such file or directory) <0.000010>
1 1700000000.000006 newfstatat(AT_FDCWD, "/etc/ld.so.cache", {st_mode=S_IFREG|0644, st_size=30001, ...}, 0) = 0 <0.000010>
`,
);

function tree(...args: string[]): { status: number | null; stdout: string; stderr: string } {
  return spawnSync(process.execPath, [MAIN, 'tree', LOG, ...args], { encoding: 'utf8' });
}

describe('uring-replay tree', () => {
  it('builds a directory, and says where the log contradicts itself', () => {
    const out = path.join(dir, 'out');
    const { status, stdout, stderr } = tree('-o', out);
    assert.equal(status, 0, stderr);
    assert.match(stdout, /4 directories, 2 files \(30832 bytes\), 1 symlinks/);
    assert.match(stderr, /line 6: \/etc\/ld\.so\.cache: has 30001 bytes, but had 30000 at line 1/);
    assert.equal(fs.statSync(`${out}/etc/ld.so.cache`).size, 30_000);
    assert.equal(fs.readlinkSync(`${out}/lib`), 'usr/lib');
    assert.equal(fs.statSync(`${out}/lib/libc.so.6`).size, 832);
    assert.deepEqual(fs.readdirSync(`${out}/etc`), ['ld.so.cache']);
    const again = tree('-o', out);
    assert.equal(again.status, 2);
    assert.match(again.stderr, /is not empty/);
  });

  it('writes a tar archive, whole or not at all', () => {
    const tar = path.join(dir, 'out.tar');
    const { status, stdout } = tree('-o', tar, '--json');
    assert.equal(status, 0);
    const report = JSON.parse(stdout) as { files: number; conflicts: unknown[] };
    assert.equal(report.files, 2);
    assert.equal(report.conflicts.length, 1);
    const names = execFileSync('tar', ['-tf', tar], { encoding: 'utf8' }).trim().split('\n').sort();
    assert.deepEqual(names, ['.uring-replay-tree', 'cwd/', 'etc/', 'etc/ld.so.cache', 'lib', 'usr/', 'usr/lib/', 'usr/lib/libc.so.6']);
    const small = tree('-o', path.join(dir, 'small.tar'), '--max-tree-size', '20K');
    assert.equal(small.status, 2);
    assert.match(small.stderr, /\/etc\/ld\.so\.cache \(line 1\)[^]*--max-tree-size/);
    assert.deepEqual(fs.readdirSync(dir).filter((name) => name.startsWith('small.')), ['small.strace']);
  });
});
