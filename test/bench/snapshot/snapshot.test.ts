/** Snapshots of real programs on real files: taken, read back, refused. */
import assert from 'node:assert/strict';
import { execFileSync, spawnSync } from 'node:child_process';
import fs from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { afterEach, beforeEach, describe, test } from 'node:test';
import { fileURLToPath } from 'node:url';
import { findProgram } from '../../../bench/find-program.js';
import { record, type Recorded } from '../../../bench/record/record.js';
import type { RecordingDocument } from '../../../bench/record/recording.js';
import { MANIFEST_NAME, type LeftOut, type Manifest } from '../../../bench/snapshot/format.js';
import { openSnapshot } from '../../../bench/snapshot/open.js';
import { takeSnapshot } from '../../../bench/snapshot/take.js';
import { whyNotTrace } from '../../../bench/record/strace.js';
import { loadTrace, traceOf } from '../../../replay/strace/load.js';
import { loadNative } from '../../../replay/native.js';
import { resolve } from '../../../replay/world/resolve.js';
import { buildTree } from '../../../replay/world/tree/build.js';
import { tarOf } from '../../../replay/world/tree/tar.js';
import { QUICK, runReal } from '../real.js';

const skip = findProgram('strace') === null ? 'strace is not installed' : ((await whyNotTrace()) ?? false);
const uring = loadNative().probe();
const MAIN = fileURLToPath(new URL('../../../src/cli/main.js', import.meta.url));

let dir: string;
let log: string;
beforeEach(() => {
  dir = fs.realpathSync.native(fs.mkdtempSync(path.join(tmpdir(), 'uring-replay-test-')));
  log = path.join(dir, 'my.strace');
});
afterEach(() => {
  fs.rmSync(dir, { recursive: true });
});

function write(name: string, content: string | Uint8Array): string {
  const file = path.join(dir, name);
  fs.writeFileSync(file, content);
  return file;
}

/** Records `cat a b ...` of files below `dir`. */
async function recordCat(names: readonly (string | Buffer)[], snapshotBytesMax = 2 ** 28): Promise<Recorded> {
  // Bytes that are not UTF-8 pass through the shell's printf, since arguments of spawn are strings.
  const quoted = names.map((name) => `"$(printf '${[...Buffer.from(name)].map((byte) => `\\${byte.toString(8).padStart(3, '0')}`).join('')}')"`);
  const command = ['sh', '-c', `cd ${dir} && cat ${quoted.join(' ')} > /dev/null`];
  return await record({ log, command, runs: 0, force: true, snapshotBytesMax });
}

async function leftOutBelow(names: readonly (string | Buffer)[], max?: number): Promise<LeftOut[]> {
  const { snapshot } = await recordCat(names, max);
  assert.ok(snapshot !== undefined);
  return snapshot.leftOut.filter((file) => file.path.startsWith(dir));
}

function archived(): string[] {
  return execFileSync('tar', ['-tf', `${log}.snapshot.tar`], { encoding: 'utf8' }).trim().split('\n');
}

describe('a snapshot', { skip }, () => {
  test('holds what the program read; the tree rebuilt from log and snapshot holds it too', async () => {
    const long = 'n'.repeat(120);
    const odd = Buffer.from('b\xff\xfe', 'latin1');
    write('a', 'the content of a\n'.repeat(100_000)); // more than a chunk
    fs.writeFileSync(Buffer.concat([Buffer.from(`${dir}/`), odd]), 'the content of b\n');
    write(long, 'long names\n');
    write('other', 'not touched');
    const { snapshot } = await recordCat(['a', odd, long]);
    assert.ok(snapshot !== undefined && snapshot.files >= 3);
    const tarFile = `${log}.snapshot.tar`;
    assert.equal(fs.statSync(tarFile).mode & 0o777, 0o600);
    assert.equal(execFileSync('tar', ['-xOf', tarFile, `${dir.slice(1)}/a`], { maxBuffer: 1e8 }).toString(), fs.readFileSync(`${dir}/a`, 'utf8'));
    assert.equal(archived().includes(`${dir.slice(1)}/other`), false);
    assert.equal(archived().at(-1), MANIFEST_NAME);

    const trace = await loadTrace(log);
    const content = openSnapshot(log, trace.digest);
    assert.ok(content !== null);
    const { tree } = resolve(trace, { mode: 'sandbox' });
    const out = path.join(dir, 'tree');
    await buildTree(tree, out, { content });
    assert.ok(content.count.fromSnapshot >= 3 && content.count.fromSnapshot <= content.count.files);
    assert.equal(content.count.fromSnapshot, snapshot.files);
    // The log does not say where the program started, so what it changed to is absolute.
    for (const name of [Buffer.from('a'), odd, Buffer.from(long)]) {
      const real = Buffer.concat([Buffer.from(`${dir}/`), name]);
      assert.deepEqual(fs.readFileSync(Buffer.concat([Buffer.from(out), real])), fs.readFileSync(real));
    }
    const packed = path.join(dir, 'tree.tar');
    fs.writeFileSync(packed, Buffer.concat([...tarOf(tree, undefined, content)]));
    assert.equal(execFileSync('tar', ['-xOf', packed, `${dir.slice(1)}/${long}`]).toString(), 'long names\n');
    content.close();
  });

  test('relative paths of a program that stays where it was started', async () => {
    const a = write('a', 'relative\n');
    const before = process.cwd();
    process.chdir(dir);
    try {
      await record({ log, command: ['cat', 'a'], runs: 0, force: true, snapshotBytesMax: 1e8 });
    } finally {
      process.chdir(before);
    }
    const trace = await loadTrace(log);
    const content = openSnapshot(log, trace.digest);
    assert.deepEqual([...(content?.pieces('/cwd/a', 9) ?? [])].join(''), fs.readFileSync(a, 'utf8'));
    content?.close();
  });

  test('leaves out what does not fit, and goes on with what does', async () => {
    for (const name of ['small', 'last']) write(name, 'x');
    write('large', Buffer.alloc(1 << 20));
    assert.deepEqual((await leftOutBelow(['small', 'large', 'last'], 1 << 20)).map((file) => [file.path, file.size, file.reason]),
      [[`${dir}/large`, 1 << 20, 'limit']]);
    assert.ok(archived().includes(`${dir.slice(1)}/last`));
  });

  test('leaves out what the kernel makes up', async () => {
    const lines = ['openat(AT_FDCWD, "/proc/version", O_RDONLY) = 3', 'read(3, "Linux"..., 4096) = 20', 'read(3, "", 4096) = 0', 'close(3) = 0'];
    const trace = traceOf(Buffer.from(lines.join('\n')), 'kernel.strace');
    const { files, leftOut } = await takeSnapshot(trace, { file: path.join(dir, 'kernel.tar'), bytesMax: 1e8, cwd: dir });
    assert.equal(files, 0);
    assert.deepEqual(leftOut, [{ path: '/proc/version', size: 20, reason: 'special' }]);
  });

  test('leaves out what is not as the log shows it, and says why', { skip: skip || (process.getuid?.() !== 0 && 'needs root to become another user') }, async () => {
    for (const name of ['vanished', 'changed', 'fifo', 'secret', 'kept']) write(name, `${name}\n`);
    await recordCat(['vanished', 'changed', 'fifo', 'secret', 'kept']);
    const trace = await loadTrace(log);
    fs.unlinkSync(`${dir}/vanished`);
    write('changed', 'longer than before');
    fs.unlinkSync(`${dir}/fifo`);
    execFileSync('mkfifo', [`${dir}/fifo`]);
    fs.chmodSync(`${dir}/secret`, 0);
    fs.chmodSync(dir, 0o777);
    process.seteuid!(65534);
    let leftOut: readonly LeftOut[];
    try {
      ({ leftOut } = await takeSnapshot(trace, { file: path.join(dir, 'again.tar'), bytesMax: 1e8, cwd: dir }));
    } finally {
      process.seteuid!(0);
    }
    const below = leftOut.filter((file) => file.path.startsWith(dir)).map((file) => [path.basename(file.path), file.reason]);
    assert.deepEqual(below, [['vanished', 'vanished'], ['changed', 'changed'], ['fifo', 'special'], ['secret', 'unreadable']]);
    const manifest = JSON.parse(execFileSync('tar', ['-xOf', path.join(dir, 'again.tar'), MANIFEST_NAME], { encoding: 'utf8', maxBuffer: 1e8 })) as Manifest;
    assert.deepEqual(manifest.leftOut, leftOut);
    assert.equal(manifest.logDigest, trace.digest);
  });

  test('is told of in LOG.json; goes with its log; is not overwritten unasked', async () => {
    const command = ['cat', write('a', 'a')];
    await record({ log, command, runs: 1, force: false, snapshotBytesMax: 1e8 });
    const { snapshot } = JSON.parse(fs.readFileSync(`${log}.json`, 'utf8')) as RecordingDocument;
    assert.equal(snapshot?.file, 'my.strace.snapshot.tar');
    assert.equal(snapshot.bytesMax, 1e8);
    assert.ok(snapshot.files > 0);
    for (const file of [log, `${log}.json`]) fs.rmSync(file);
    await assert.rejects(record({ log, command, runs: 0, force: false }), { code: 'UR_EXISTS' });
    await record({ log, command, runs: 0, force: true });
    assert.deepEqual(fs.readdirSync(dir).sort(), ['a', 'my.strace']);
  });

  test('what is damaged, foreign or of another log is refused, by name and with a remedy', async () => {
    write('a', 'the content of a\n');
    await recordCat(['a']);
    const file = `${log}.snapshot.tar`;
    const whole = fs.readFileSync(file);
    const { digest } = await loadTrace(log);
    const refused = (bytes: Uint8Array, reason: RegExp, of = digest): void => {
      fs.writeFileSync(file, bytes);
      const before = fs.readdirSync('/proc/self/fd').length;
      assert.throws(() => openSnapshot(log, of), (error: Error & { code?: string; remedy?: string }) => {
        assert.equal(error.code, 'UR_BAD_SNAPSHOT');
        assert.ok(error.message.startsWith(`${file}: `));
        assert.match(error.message, reason);
        assert.match(error.remedy ?? '', /Remove that file/);
        return true;
      });
      assert.equal(fs.readdirSync('/proc/self/fd').length, before);
    };
    refused(whole, /belongs to another log/, '0'.repeat(64));
    refused(Buffer.alloc(0), /cut off/);
    refused(Buffer.alloc(10240), /no manifest/);
    refused(Buffer.from('x'.repeat(2000)), /byte 0 does not begin a tar header of ours/);
    for (let end = 0; end < whole.length - 20 * 512; end += 4099) refused(whole.subarray(0, end), /cut off/);
    const renamed = Buffer.from(whole);
    renamed[0] ^= 1;
    refused(renamed, /byte 0 does not begin a tar header of ours/);
    const parent = path.join(dir, 'escape');
    fs.mkdirSync(path.join(parent, 'in'), { recursive: true });
    fs.writeFileSync(path.join(parent, 'out'), 'x');
    execFileSync('tar', ['-C', path.join(parent, 'in'), '--format=gnu', '-P', '-cf', file, '../out']);
    refused(fs.readFileSync(file), /no manifest/);
    fs.rmSync(file);
    fs.symlinkSync('/dev/null', file);
    assert.throws(() => openSnapshot(log, digest), /not a regular file/);
    fs.rmSync(file);
    assert.equal(openSnapshot(log, digest), null);
  });

  test('a content that was altered is refused when it is used, and nothing is left behind', async () => {
    write('a', 'the content of a\n');
    await recordCat(['a']);
    const file = `${log}.snapshot.tar`;
    const bytes = fs.readFileSync(file);
    bytes[bytes.indexOf('the content of a')] ^= 1;
    fs.writeFileSync(file, bytes);
    const out = path.join(dir, 'out');
    const { status, stderr } = spawnSync(process.execPath, [MAIN, 'tree', log, '-o', out], { encoding: 'utf8' });
    assert.equal(status, 2);
    assert.match(stderr, /my\.strace\.snapshot\.tar: .* the content of .*\/a is damaged\n[^]*record the program again/);
    assert.equal(fs.existsSync(out), false);
    assert.equal(spawnSync(process.execPath, [MAIN, 'tree', log, '-o', `${out}.tar`], { encoding: 'utf8' }).status, 2);
    assert.equal(fs.existsSync(`${out}.tar`), false);
  });

  test('the command line: record, tree and run say how much of the content is real', { skip: skip || (!uring.available && 'io_uring is not available here') }, async () => {
    const [a, b] = [write('a', 'first\n'), write('b', 'second\n')];
    const recorded = spawnSync(process.execPath, [MAIN, 'record', '--runs', '0', '--snapshot', '-o', log, '--', 'sh', '-c', `cat ${a} ${b}`], { encoding: 'utf8' });
    assert.equal(recorded.status, 0, recorded.stderr);
    assert.equal(recorded.stdout, 'first\nsecond\n');
    assert.match(recorded.stderr, /my\.strace\.snapshot\.tar: \d+ files, .*; \d+ left out/);
    const tree = spawnSync(process.execPath, [MAIN, 'tree', log, '-o', path.join(dir, 'tree')], { encoding: 'utf8' });
    assert.match(tree.stdout, /^content: \d+ of \d+ files from the snapshot/m);
    assert.equal(fs.readFileSync(path.join(dir, 'tree', b), 'utf8'), 'second\n');
    const { result, error } = await runReal({ file: log, ...QUICK });
    assert.ok(result !== null, error?.message);
    assert.ok((result.conditions.content?.fromSnapshot ?? 0) >= 2);
    assert.deepEqual(result.arms.map((arm) => arm.divergences), result.arms.map(() => 0));
    const { renderResult } = await import('../../../src/report/table.js');
    assert.match(renderResult(result), /content: \d+ of \d+ files from the snapshot/);
    const { parseResult } = await import('../../../bench/result/read-result.js');
    assert.deepEqual(parseResult(JSON.stringify(result), 'result'), result);
  });
});

test('a limit without a snapshot is a mistake', () => {
  const { status, stderr } = spawnSync(process.execPath, [MAIN, 'record', '--max-snapshot-size', '1M', '-o', '/nonexistent/x', '--', 'true'], { encoding: 'utf8' });
  assert.equal(status, 2);
  assert.match(stderr, /--max-snapshot-size[^]*--snapshot/);
});
