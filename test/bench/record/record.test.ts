import assert from 'node:assert/strict';
import { execFileSync, spawnSync } from 'node:child_process';
import { createHash } from 'node:crypto';
import { existsSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, test } from 'node:test';
import { findProgram } from '../../../bench/find-program.js';
import { record } from '../../../bench/record/record.js';
import { readRecording } from '../../../bench/record/recording.js';
import { whyNotTrace } from '../../../bench/record/strace.js';

const skip = findProgram('strace') === null ? 'strace is not installed' : ((await whyNotTrace()) ?? false);

const MAIN = new URL('../../../src/cli/main.js', import.meta.url).pathname;
/** A mount namespace of its own. */
const enter = ['unshare', ...(process.getuid?.() === 0 ? [] : ['--user', '--map-root-user']), '--mount'];
const mayMount = spawnSync(enter[0], [...enter.slice(1), 'sh', '-c', 'mount -t tmpfs tmpfs /mnt']).status === 0;

let dir: string;
beforeEach(() => {
  dir = mkdtempSync(join(tmpdir(), 'uring-replay-test-'));
});
afterEach(() => {
  rmSync(dir, { recursive: true });
});

describe('record', { skip }, () => {
  test('the log, and the untraced time beside it', async () => {
    const log = join(dir, 'my.strace');
    const runs: number[] = [];
    const command = ['sh', '-c', 'i=0; while [ $i -lt 20000 ]; do i=$((i+1)); done; exit 3'];
    const { recording, ended, logBytes } = await record({ log, command, runs: 4, force: false, onRun: (n) => runs.push(n) });
    const text = readFileSync(log);
    assert.deepEqual(ended, { status: 3, signal: null });
    assert.deepEqual(runs, [1, 2, 3, 4]);
    assert.equal(logBytes, text.length);
    assert.match(text.toString(), /^\d+ +\d+\.\d+ execve\("[^"]*\/sh", \["sh", "-c", .* = 0 <\d+\.\d+>\n/);
    assert.match(text.toString(), /\+\+\+ exited with 3 \+\+\+\n$/);
    assert.ok(recording !== null);
    assert.equal(recording.wall.samples.length, 4);
    assert.ok(recording.wall.low <= recording.wall.median && recording.wall.median <= recording.wall.high);
    assert.ok(recording.user.mean + recording.system.mean > 0);
    const read = await readRecording(log, createHash('sha256').update(text).digest('hex'));
    assert.equal(read?.wall.median, recording.wall.median);
    assert.deepEqual(readdirSync(dir).sort(), ['my.strace', 'my.strace.json']);
  });

  test('compressed by the name; the digest is that of the log itself', { skip: findProgram('xz') === null && 'no xz' }, async () => {
    const log = join(dir, 'my.strace.xz');
    const { recording } = await record({ log, command: ['true'], runs: 1, force: false });
    const text = execFileSync('xz', ['-dc', log]);
    assert.equal(recording?.logDigest, createHash('sha256').update(text).digest('hex'));
    assert.match(text.toString(), /execve/);
  });

  test('killed by a signal', async () => {
    const { ended } = await record({ log: join(dir, 'x'), command: ['sh', '-c', 'kill -TERM $$'], runs: 0, force: false });
    assert.deepEqual(ended, { status: null, signal: 'SIGTERM' });
  });

  test('nothing is overwritten without --force; a recording of the log before goes with it', async () => {
    const log = join(dir, 'x');
    await record({ log, command: ['true'], runs: 1, force: false });
    await assert.rejects(record({ log, command: ['true'], runs: 1, force: false }), { code: 'UR_EXISTS' });
    await record({ log, command: ['true'], runs: 0, force: true });
    assert.equal(existsSync(`${log}.json`), false);
  });

  test('what fails leaves nothing behind', async () => {
    const fails = async (command: string[], code: string): Promise<void> => {
      await assert.rejects(record({ log: join(dir, 'x'), command, runs: 1, force: false }), { code });
      assert.deepEqual(readdirSync(dir).filter((name) => name !== 'text'), []);
    };
    await fails(['no-such-command-anywhere'], 'UR_NO_COMMAND');
    writeFileSync(join(dir, 'text'), 'not a program', { mode: 0o755 });
    await assert.rejects(record({ log: '/nonexistent/x', command: ['true'], runs: 1, force: false }), { code: 'UR_CANNOT_WRITE' });
  });

  test('a device that is full before the log ends', { skip: !mayMount && 'no file system may be mounted here' }, () => {
    const small = `mount -t tmpfs -o size=64k tmpfs ${dir} && cd ${dir} && "$@" 2>&1 | grep -v ^strace: ; ls`;
    const program = 'for i in $(seq 500); do test -e /etc/passwd; done';
    const { stdout } = spawnSync(enter[0], [...enter.slice(1), 'sh', '-c', small, 'sh', process.execPath, MAIN, 'record', '-o', 'x.strace', '--runs', '0', '--', 'sh', '-c', program], { encoding: 'utf8' });
    assert.match(stdout, /^uring-replay: the log that strace wrote lacks its end\n {2}.*room.*\n$/);
  });

  test('an interrupt ends the command and leaves nothing behind', async () => {
    for (const runs of [0, 1]) {
      const abort = new AbortController();
      setTimeout(() => {
        abort.abort();
      }, 300);
      await assert.rejects(record({ log: join(dir, 'x'), command: ['sleep', '77.125'], runs, force: false, signal: abort.signal }), {
        code: 'UR_INTERRUPTED',
      });
      assert.deepEqual(readdirSync(dir), []);
    }
    await new Promise((resolve) => setTimeout(resolve, 200));
    const alive = readdirSync('/proc').filter((pid) => {
      try {
        return readFileSync(`/proc/${pid}/cmdline`, 'latin1') === 'sleep\x0077.125\x00';
      } catch {
        return false;
      }
    });
    assert.deepEqual(alive, []);
  });
});
