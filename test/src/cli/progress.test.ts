/** Progress on a terminal, and --quiet. */
import assert from 'node:assert/strict';
import { execFileSync, spawn, spawnSync } from 'node:child_process';
import { createWriteStream, existsSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { once } from 'node:events';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import test from 'node:test';
import { setTimeout as sleep } from 'node:timers/promises';
import { findProgram } from '../../../bench/find-program.js';
import type { CommandNode } from '../../../src/completion/model.js';
import { readLog } from '../../../replay/strace/read.js';
import { fixture } from '../analysis/logs.js';
import { RESULT_LOG } from '../report/html/fixture.js';

const MAIN = new URL('../../../src/cli/main.js', import.meta.url).pathname;
const skip = findProgram('script') === null && 'script (util-linux) is not installed';

/** What the terminal shows of a command that reads a log which does not end until progress is seen, or `chunksMax` times. */
async function terminalOf(args: string, chunksMax: number): Promise<string> {
  const dir = mkdtempSync(join(tmpdir(), 'uring-replay-test-'));
  try {
    const fifo = join(dir, 'log');
    const typescript = join(dir, 'typescript');
    const shown = (): string => (existsSync(typescript) ? readFileSync(typescript, 'latin1') : '');
    execFileSync('mkfifo', [fifo]);
    const child = spawn('script', ['-qfec', `${process.execPath} ${MAIN} ${args} - < ${fifo} > /dev/null`, typescript], { stdio: ['ignore', 'ignore', 'inherit'] });
    const ended = once(child, 'exit');
    const log = readFileSync(fixture('ruby'));
    const writer = createWriteStream(fifo);
    for (let i = 0; i < chunksMax && !shown().includes('MB/s'); i++) {
      if (!writer.write(log)) await once(writer, 'drain');
      await sleep(50);
    }
    writer.end();
    await ended;
    return shown();
  } finally {
    rmSync(dir, { recursive: true });
  }
}

test('on a terminal, after a second: bytes and rate; cleared at the end', { skip, timeout: 120_000 }, async () => {
  for (const args of ['summary', 'show --json', 'flamegraph', `diff ${fixture('bash')}`]) {
    const shown = await terminalOf(args, 400);
    const drawn = shown.split('\r\u001b[2K');
    assert.match(drawn[1] ?? '', /^(reading|reading -|counting): \d+ MB, \d+ MB\/s$/, args);
    assert.doesNotMatch(drawn.at(-1) ?? '', /MB/, 'cleared at the end');
  }
});

test('the files of strace -ff: bytes so far, and an early end', async () => {
  const dir = mkdtempSync(join(tmpdir(), 'uring-replay-test-'));
  try {
    const lines = Array.from({ length: 30_000 }, (_, i) => `${1700000000 + i}.000000 getpid() = 1\n`).join('');
    for (const pid of [1, 2]) writeFileSync(join(dir, `log.${pid}`), lines);
    const said: number[] = [];
    const calls = (goOn: () => boolean): Promise<number> => {
      let n = 0;
      const sink = { wantsTime: false, began: () => -1, call: () => { n++; }, event: () => undefined, unrecognised: () => undefined };
      return readLog(dir, sink, { goOn, onBytes: (bytes) => said.push(bytes) }).then(() => n);
    };
    assert.equal(await calls(() => true), 60_000);
    assert.equal(said.length, 3);
    assert.ok(said.every((bytes, i) => bytes > (said[i - 1] ?? 0) && bytes <= 2 * lines.length));
    assert.ok((await calls(() => said.length < 4)) < 20_000);
  } finally {
    rmSync(dir, { recursive: true });
  }
});

test('run tells how much time is left', { skip, timeout: 120_000 }, () => {
  const { status, stdout } = spawnSync('script', ['-qfec', `${process.execPath} ${MAIN} run ${RESULT_LOG} --engine serial --rounds 30 2>&1 >/dev/null`, '/dev/null'], { encoding: 'utf8' });
  assert.equal(status, 0, stdout);
  assert.match(stdout, /measuring: round \d+, \d+ %, \d+ s left/);
});

test('an error does not stand behind a line of progress', { skip, timeout: 120_000 }, () => {
  const { stdout } = spawnSync('script', ['-qfec', `${process.execPath} ${MAIN} run ${RESULT_LOG} --sandbox /proc/nowhere`, '/dev/null'], { encoding: 'utf8' });
  assert.match(stdout.replaceAll('\u001b[2K', '\n'), /(^|\n)uring-replay: [^\r\n]*nowhere/);
});

test('--quiet: nothing on the terminal', { skip, timeout: 120_000 }, async () => {
  assert.doesNotMatch(await terminalOf('summary --quiet', 40), /MB|\[2K/);
});

test('every command that shows progress takes --quiet, and prints the same with it', () => {
  const root = JSON.parse(execFileSync(process.execPath, [MAIN, 'completion', 'bash', '--json'], { encoding: 'utf8' })) as CommandNode;
  const takes = (node: CommandNode): boolean => node.options.some(({ long }) => long === '--quiet');
  for (const name of ['run', 'record', 'show', 'summary', 'check', 'probes', 'files', 'phases', 'diff', 'flamegraph', 'plan', 'report', 'tree', 'kernels']) {
    assert.ok(takes(root.commands.find((node) => node.name === name)!), name);
  }
  for (const format of root.commands.find(({ name }) => name === 'export')!.commands) assert.ok(format.name === 'help' || takes(format), format.name);
  const run = (...args: string[]): string => spawnSync(process.execPath, [MAIN, ...args, fixture('bash')], { encoding: 'utf8' }).stdout;
  assert.equal(run('summary', '-q'), run('summary'));
  assert.notEqual(run('show', '--quiet'), '');
});
