/** Output so large that a thread writes it. */
import assert from 'node:assert/strict';
import { spawnSync } from 'node:child_process';
import { createHash } from 'node:crypto';
import { existsSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, test } from 'node:test';

const CLI = new URL('../../../src/cli/main.js', import.meta.url).pathname;
const SAMPLE = readFileSync(new URL('../../../../test/fixtures/strace/node.f-ttt-T.strace', import.meta.url));
const LOG_BYTES = 40e6;
const dir = mkdtempSync(join(tmpdir(), 'ur-write-behind-'));
const log = join(dir, 'large.strace');
writeFileSync(log, Buffer.concat(Array.from({ length: Math.ceil(LOG_BYTES / SAMPLE.length) }, () => SAMPLE)));
after(() => { rmSync(dir, { recursive: true }); });

const sh = (script: string): { readonly status: number | null; readonly stdout: string; readonly stderr: string } =>
  spawnSync('sh', ['-c', script, 'sh', process.execPath, CLI, log], { encoding: 'utf8', cwd: dir });
const md5 = (bytes: Uint8Array): string => createHash('md5').update(bytes).digest('hex');

test('a file, a pipe and a slow reader get the same', () => {
  assert.equal(sh('"$1" "$2" show "$3" > file; "$1" "$2" show "$3" | cat > pipe').status, 0);
  assert.equal(sh('"$1" "$2" show "$3" | (head -c 20000000; sleep 1; cat) > slow').status, 0);
  const [file, pipe, slow] = ['file', 'pipe', 'slow'].map((name) => readFileSync(join(dir, name)));
  assert.ok(file.length > LOG_BYTES / 2);
  assert.deepEqual([md5(pipe), md5(slow)], [md5(file), md5(file)]);
});

test('ends quietly when its reader does', () => {
  const { stdout, stderr } = sh('{ "$1" "$2" show "$3"; echo "status $?" >&2; } | head -c 20000000 | wc -c');
  assert.deepEqual([stdout.trim(), stderr.trim()], ['20000000', 'status 0']);
});

test('so do exports, which end quietly as well', () => {
  assert.equal(sh('"$1" "$2" export perfetto "$3" -o exported; "$1" "$2" export perfetto "$3" | (head -c 20000000; sleep 1; cat) > slowly').status, 0);
  const [file, slow] = ['exported', 'slowly'].map((name) => readFileSync(join(dir, name)));
  assert.ok(file.length > LOG_BYTES);
  assert.equal(md5(slow), md5(file));
  const { stdout, stderr } = sh('{ "$1" "$2" export tsv "$3"; echo "status $?" >&2; } | head -c 12000000 | wc -c');
  assert.deepEqual([stdout.trim(), stderr.trim()], ['12000000', 'status 0']);
});

test('no room: says so, status 2', { skip: !existsSync('/dev/full') && 'there is no /dev/full here' }, () => {
  const { status, stderr } = sh('"$1" "$2" show "$3" > /dev/full');
  assert.equal(status, 2);
  assert.match(stderr, /^uring-replay: cannot write the output: no space left on the device\n {2}\S/);
});

test('no room after a while: the thread says so', () => {
  // A limit on the size of files, in blocks of 512 bytes (dash) or 1 KiB (bash): more than is written without the thread.
  const { status, stderr } = sh('trap "" XFSZ; ulimit -f 30000; "$1" "$2" show "$3" > limited');
  assert.equal(status, 2, stderr);
  assert.match(stderr, /^uring-replay: cannot write the output: EFBIG\n/);
});
