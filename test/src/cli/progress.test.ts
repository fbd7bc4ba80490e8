/** Progress on a terminal, and --quiet. */
import assert from 'node:assert/strict';
import { execFileSync, spawn, spawnSync } from 'node:child_process';
import { createWriteStream, existsSync, mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { once } from 'node:events';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import test from 'node:test';
import { setTimeout as sleep } from 'node:timers/promises';
import { findProgram } from '../../../bench/find-program.js';
import type { CommandNode } from '../../../src/completion/model.js';
import { fixture } from '../analysis/logs.js';

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
  for (const args of ['summary', 'show --json']) {
    const shown = await terminalOf(args, 400);
    const drawn = shown.split('\r\u001b[2K');
    assert.match(drawn[1] ?? '', /^(reading|counting): \d+ MB, \d+ MB\/s$/, args);
    assert.doesNotMatch(drawn.at(-1) ?? '', /MB/, 'cleared at the end');
  }
});

test('--quiet: nothing on the terminal', { skip, timeout: 120_000 }, async () => {
  assert.doesNotMatch(await terminalOf('summary --quiet', 40), /MB|\[2K/);
});

test('every command that shows progress takes --quiet, and prints the same with it', () => {
  const root = JSON.parse(execFileSync(process.execPath, [MAIN, 'completion', 'bash', '--json'], { encoding: 'utf8' })) as CommandNode;
  const takes = (node: CommandNode): boolean => node.options.some(({ long }) => long === '--quiet');
  for (const name of ['run', 'record', 'show', 'summary', 'check', 'probes', 'files', 'phases', 'kernels']) {
    assert.ok(takes(root.commands.find((node) => node.name === name)!), name);
  }
  for (const format of root.commands.find(({ name }) => name === 'export')!.commands) assert.ok(format.name === 'help' || takes(format), format.name);
  const run = (...args: string[]): string => spawnSync(process.execPath, [MAIN, ...args, fixture('bash')], { encoding: 'utf8' }).stdout;
  assert.equal(run('summary', '-q'), run('summary'));
  assert.notEqual(run('show', '--quiet'), '');
});
