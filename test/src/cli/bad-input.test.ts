/** What `run` says to bad input: one message with what, where and a remedy; exit status 2; nothing left behind. */
import assert from 'node:assert/strict';
import { spawnSync } from 'node:child_process';
import { existsSync, mkdtempSync, readFileSync, readdirSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, describe, it } from 'node:test';
import { fileURLToPath } from 'node:url';

const main = fileURLToPath(new URL('../../../src/cli/main.js', import.meta.url));
const fixture = fileURLToPath(new URL('../../../../test/fixtures/python-startup.strace', import.meta.url));
const dir = mkdtempSync(join(tmpdir(), 'uring-replay-test-'));
after(() => {
  rmSync(dir, { recursive: true, force: true });
});

function cli(args: readonly string[], input?: Uint8Array): { status: number | null; stdout: string; stderr: string } {
  const child = spawnSync(process.execPath, [main, ...args], {
    encoding: 'utf8',
    input,
    env: { ...process.env, TMPDIR: dir, NO_COLOR: '1' },
    timeout: 60_000,
  });
  return { status: child.status, stdout: child.stdout, stderr: child.stderr };
}

function file(name: string, content: string | Uint8Array): string {
  const path = join(dir, name);
  writeFileSync(path, content);
  return path;
}

function refused(args: readonly string[], message: RegExp, input?: Uint8Array): void {
  const { status, stdout, stderr } = cli(args, input);
  assert.equal(status, 2, stderr);
  assert.match(stderr, message);
  assert.doesNotMatch(stderr, /internal error|\n\s+at /);
  assert.equal(stdout, '');
}

const QUICK = ['--rounds', '2'];

describe('run with bad input', () => {
  it('names a log that does not exist', () => {
    refused(['run', join(dir, 'nowhere.strace')], /nowhere\.strace/);
  });

  it('refuses an empty log', () => {
    refused(['run', file('empty.strace', '')], /empty/);
    refused(['run', '-'], /empty/, Buffer.alloc(0));
  });

  it('refuses a binary file', () => {
    refused(['run', process.execPath], /not an strace log/);
    refused(['run', file('zeros.bin', Buffer.alloc(4096))], /not an strace log/);
  });

  it('refuses a directory as a log that cannot be read', () => {
    refused(['run', file('sub.strace', 'no log at all\nreally not\n')], /sub\.strace/);
  });

  it('says when a log holds nothing to replay', () => {
    refused(['run', file('none.strace', '7 getpid() = 7\n7 +++ exited with 0 +++\n')], /none of its .* can be replayed/);
  });

  it('says where a log is cut off, and replays the rest when asked to', () => {
    const whole = readFileSync(fixture);
    const cut = file('cut.strace', whole.subarray(0, whole.length - 25_000));
    const lines = readFileSync(cut, 'latin1').split('\n').length;
    refused(['run', cut], new RegExp(`line ${lines}\\b`));
    const partial = cli(['run', cut, '--partial', ...QUICK]);
    assert.equal(partial.status, 0, partial.stderr);
    assert.match(partial.stdout, /replayed/);
  });

  for (const [flags, named] of [
    [['--batch', '0'], /--batch/],
    [['--batch', '-3'], /--batch/],
    [['--batch', 'many'], /--batch/],
    [['--rounds', '0'], /--rounds/],
    [['--engine', 'warp'], /--engine/],
    [['--order', 'sideways'], /--order/],
    [['--window', 'open'], /--window/],
    [['--max-tree-size', 'lots'], /--max-tree-size/],
    [['--no-such-option'], /no-such-option/],
  ] as const) {
    it(`names the option in ${flags.join(' ')}`, () => {
      refused(['run', fixture, ...flags], named);
    });
  }

  it('names the tree limit and the option that raises it', () => {
    refused(['run', fixture, '--max-tree-size', '100K'], /--max-tree-size/);
  });

  it('refuses a sandbox directory that is neither empty nor its own, and leaves it alone', () => {
    const mine = join(dir, 'mine');
    rmSync(mine, { recursive: true, force: true });
    spawnSync('mkdir', ['-p', mine]);
    file('mine/precious', 'data');
    refused(['run', fixture, '--sandbox', mine], /mine/);
    assert.deepEqual(readdirSync(mine), ['precious']);
  });

  it('leaves no half-written result where it cannot write', () => {
    const target = join(dir, 'no-such-dir', 'result.json');
    const { status, stderr } = cli(['run', fixture, ...QUICK, '--json', target]);
    assert.equal(status, 2);
    assert.match(stderr, /cannot write .*result\.json/);
    assert.equal(existsSync(target), false);
  });

  it('leaves nothing in the temporary directory', () => {
    assert.deepEqual(readdirSync(dir).filter((name) => name.startsWith('uring-replay')), []);
  });
});

describe('run with unusual but valid paths', () => {
  it('replays a path whose bytes are not UTF-8', () => {
    const log = file(
      'bytes.strace',
      '7 openat(AT_FDCWD, "/data/caf\\351", O_RDONLY) = 3\n7 read(3, "x"..., 10) = 10\n7 close(3) = 0\n7 stat("/data/\\377\\376", 0x7ffd) = -1 ENOENT (No such file or directory)\n',
    );
    const { status, stdout, stderr } = cli(['run', log, ...QUICK, '--json']);
    assert.equal(status, 0, stderr);
    const result = JSON.parse(stdout) as { trace: { replayed: number }; arms: { divergences: number }[] };
    assert.equal(result.trace.replayed, 4);
    for (const arm of result.arms) assert.equal(arm.divergences, 0);
  });

  it('replays a component of 4,096 bytes, which the kernel refuses as the log says', () => {
    const log = file('long.strace', `7 stat("/${'a'.repeat(4096)}", 0x7ffd) = -1 ENAMETOOLONG (File name too long)\n7 stat("/", {st_mode=S_IFDIR|0755, st_size=4096, ...}) = 0\n`);
    const { status, stdout, stderr } = cli(['run', log, ...QUICK, '--json']);
    assert.equal(status, 0, stderr);
    for (const arm of (JSON.parse(stdout) as { arms: { divergences: number }[] }).arms) assert.equal(arm.divergences, 0);
  });

  it('refuses a log that claims such a component exists, naming the line', () => {
    refused(['run', file('liar.strace', `7 stat("/", {st_mode=S_IFDIR|0755, st_size=4096, ...}) = 0\n7 stat("/${'a'.repeat(4096)}", {st_mode=S_IFREG|0644, st_size=1, ...}) = 0\n`)], /line 2/);
  });
});
