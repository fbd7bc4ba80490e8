import assert from 'node:assert/strict';
import { execFile, execFileSync } from 'node:child_process';
import { cpSync, mkdirSync, readFileSync, readdirSync, statSync, symlinkSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import { test } from 'node:test';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';
import { LatencyFs, latencyFsProgram, type LatencyFsOptions } from '../../../bench/conditions/latency-fs.js';
import { UringReplayError } from '../../../replay/errors.js';
import { namespace, noFuse, withDirectory } from './host.js';

const run = promisify(execFile);
const skip = await noFuse();

async function withFs<T>(options: Partial<LatencyFsOptions> & { readonly source: string }, use: (fs: LatencyFs) => Promise<T>): Promise<T> {
  const fs = await LatencyFs.open({ mount: options.source, latencyNs: 0, namespace, ...options });
  try {
    return await use(fs);
  } finally {
    await fs.close();
  }
}

/** What a shell prints where the file system is to be seen. */
async function shell(fs: LatencyFs | null, script: string, ...args: readonly string[]): Promise<string> {
  const [file, ...rest] = [...(fs?.launcher ?? []), 'bash', '-c', script, 'bash', ...args];
  return (await run(file, rest, { maxBuffer: 2 ** 24, env: { ...process.env, LC_ALL: 'C' } })).stdout;
}

function fill(dir: string): void {
  mkdirSync(path.join(dir, 'a/b'), { recursive: true });
  for (let i = 0; i < 500; i++) writeFileSync(path.join(dir, 'a', `file${i}`), `${i}\n`.repeat(i));
  writeFileSync(path.join(dir, 'a/b/large'), Buffer.alloc(3_000_000, 'uring'));
  symlinkSync('a/b/large', path.join(dir, 'link'));
}

test('what is read through it is what is in the source, also programs run from it', { skip }, () =>
  withDirectory(async (dir) => {
    fill(dir);
    cpSync('/bin/sh', path.join(dir, 'shell'));
    const look = `cd "$1" && find . -printf '%P %y %m %s %n %l %i\\n' | sort && cat a/* a/b/large link 2>/dev/null | cksum && ./shell -c 'echo run'; cat nothing 2>&1 || ls a | wc -l`;
    const plain = await shell(null, look, dir);
    assert.match(plain, /run/);
    await withFs({ source: dir }, async (fs) => {
      assert.equal(await shell(fs, look, dir), plain);
      await fs.drop();
      assert.equal(await shell(fs, look, dir), plain);
    });
  }));

test('the mount is seen by nobody else, and is gone afterwards', { skip }, () =>
  withDirectory(async (dir) => {
    await withFs({ source: dir }, async (fs) => {
      assert.match(await shell(fs, 'cat /proc/self/mountinfo'), new RegExp(` ${dir} .*fuse.uring-replay`));
      assert.ok(!readFileSync('/proc/self/mountinfo', 'utf8').includes(dir));
    });
  }));

test('a second look asks for nothing, a look after drop() asks for everything again', { skip }, () =>
  withDirectory(async (dir) => {
    fill(dir);
    const look = 'cd "$1" && stat a/file* link a/no1 no2 no3 >/dev/null 2>&1; cat a/file7 link | cksum; ls a >/dev/null; readlink link';
    await withFs({ source: dir }, async (fs) => {
      await shell(fs, look, dir);
      const first = await fs.take();
      // a, b, 500 files, link, large and three absences.
      assert.equal(first.requests?.lookup, 1 + 1 + 500 + 1 + 1 + 3);
      assert.equal(first.requests.readlink, 1);
      await shell(fs, look, dir);
      const { lookup = 0, read = 0, readlink = 0, readdir = 0 } = (await fs.take()).requests ?? {};
      assert.deepEqual({ lookup, read, readlink, readdir }, { lookup: 0, read: 0, readlink: 0, readdir: 0 });
      await fs.drop();
      await shell(fs, look, dir);
      const again = await fs.take();
      assert.deepEqual(again.requests, first.requests);
      assert.equal(fs.doubt(again, first), null);
      assert.notEqual(fs.doubt({ ...again, requests: { lookup: 350 } }, first), null);
    });
  }));

test('what is still in use cannot be made cold, and is said so', { skip }, () =>
  withDirectory(async (dir) => {
    fill(dir);
    await withFs({ source: dir }, async (fs) => {
      const [file, ...args] = [...fs.launcher, 'sh', '-c', 'cd "$1/a" && echo there && cat', 'sh', dir];
      const child = execFile(file, args);
      await new Promise((resolve) => child.stdout!.once('data', resolve));
      await assert.rejects(fs.drop(), (error: UringReplayError) => error.code === 'UR_NOT_COLD' && error.message.includes('1 files or directories'));
      child.stdin!.end();
      await new Promise((resolve) => child.once('close', resolve));
      await fs.drop();
    });
  }));

test('requests wait side by side', { skip }, () =>
  withDirectory(async (dir) => {
    const latencyNs = 200e6;
    for (let i = 0; i < 64; i++) writeFileSync(path.join(dir, `f${i}`), 'x');
    await withFs({ source: dir, latencyNs }, async (fs) => {
      await shell(fs, 'cd "$1"; for i in $(seq 0 63); do cat f$i & done; wait', dir);
      const cost = await fs.take();
      assert.ok((cost.requests?.lookup ?? 0) >= 64);
      const { servedNs } = fs.describe();
      // One after another the last would have waited 64 times as long.
      assert.ok(servedNs !== null && servedNs.mean >= 0.99 * latencyNs && servedNs.max < 32 * latencyNs, JSON.stringify(servedNs));
      assert.ok(servedNs.p99 !== undefined && servedNs.p99 >= 0.99 * latencyNs && servedNs.p99 <= servedNs.max, JSON.stringify(servedNs));
      assert.ok(servedNs.late !== undefined && servedNs.late.replies >= 64 && servedNs.late.count <= servedNs.late.replies, JSON.stringify(servedNs));
    });
  }));

test('changes do what they do on a plain file system', { skip }, () =>
  withDirectory(async (dir) => {
    const script = readFileSync(fileURLToPath(new URL('../../../../test/bench/conditions/changes.sh', import.meta.url)), 'utf8');
    const [plain, source] = ['plain', 'source'].map((name) => path.join(dir, name));
    for (const made of [plain, source]) mkdirSync(made);
    const expected = await shell(null, script, plain);
    await withFs({ source, writable: true }, async (fs) => {
      assert.equal(await shell(fs, script, source), expected);
      await fs.drop();
    });
    const tree = (of: string): string => execFileSync('bash', ['-c', `cd "$1" && find . -printf '%P %y %m %n %l\\n' | sort && find . -type f | sort | xargs cat | cksum`, 'bash', of], { encoding: 'utf8' });
    assert.equal(tree(source), tree(plain));
  }));

test('read-only unless asked: nothing can be changed, though permission bits are as they are', { skip }, () =>
  withDirectory(async (dir) => {
    writeFileSync(path.join(dir, 'file'), 'x');
    await withFs({ source: dir }, async (fs) => {
      const said = await shell(fs, 'cd "$1"; test -w file && echo writable; for c in "rm file" "touch new" "mkdir new" "ln -s x new" "chmod 700 file" "mv file other" "ln file other"; do $c 2>&1; done; echo y 2>/dev/null >> file || echo refused', dir);
      assert.equal(said.match(/Read-only file system/g)?.length, 7);
      assert.match(said, /^writable/);
    });
    assert.deepEqual(readdirSync(dir), ['file']);
    assert.equal(statSync(path.join(dir, 'file')).size, 1);
  }));

test('it ends with whoever started it', { skip }, () =>
  withDirectory(async (dir) => {
    const script = `import { LatencyFs } from ${JSON.stringify(new URL('../../../bench/conditions/latency-fs.js', import.meta.url).href)};
      await LatencyFs.open({ source: ${JSON.stringify(dir)}, mount: ${JSON.stringify(dir)}, latencyNs: 0, namespace: '${namespace}' });
      process.kill(process.pid, 'SIGKILL');`;
    await assert.rejects(run(process.execPath, ['--input-type=module', '-e', script]));
    const deadline = Date.now() + 5000;
    while (serving(dir)) {
      assert.ok(Date.now() < deadline, 'the file system is still served');
      await new Promise((resolve) => setTimeout(resolve, 10));
    }
  }));

function serving(dir: string): boolean {
  return readdirSync('/proc').some((pid) => {
    try {
      return /^\d+$/.test(pid) && readFileSync(`/proc/${pid}/cmdline`, 'latin1').includes(`--source\0${dir}\0`);
    } catch {
      return false;
    }
  });
}

test('wrong usage, a source that is not there: an error with a remedy, status 2', async () => {
  for (const args of [[], ['--source', '/'], ['--source', '/', '--mount', '/', '--latency', '1m'], ['--source', '/', '--mount', '/', '--delay', 'x']]) {
    await assert.rejects(run(latencyFsProgram(), args), (error: { code: number; stdout: string }) => error.code === 2 && error.stdout.includes('UR_USAGE'));
  }
  await assert.rejects(
    LatencyFs.open({ source: '/no/such', mount: '/tmp', latencyNs: 0, namespace: 'none' }),
    (error: UringReplayError) => error.code === 'UR_NO_LATENCY' && error.message.includes('/no/such: ENOENT'),
  );
});
