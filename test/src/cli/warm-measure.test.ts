/** `warm --measure` as users call it. */
import assert from 'node:assert/strict';
import { spawn, spawnSync } from 'node:child_process';
import { once } from 'node:events';
import { readdirSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import { test } from 'node:test';
import { setTimeout } from 'node:timers/promises';
import { fileURLToPath } from 'node:url';
import type { WarmingDocument } from '../../../bench/warm/document.js';
import { noFuse } from '../../bench/conditions/host.js';
import { ownTmpdir } from '../../bench/own-tmpdir.js';
import { assertWarming } from '../../bench/warm/schema.js';

const MAIN = fileURLToPath(new URL('../../../src/cli/main.js', import.meta.url));
const dir = ownTmpdir();
const skip = await noFuse();

/** A log of a program that ends with status 3, and of what /bin/sh asks for at its start. */
const log = path.join(dir, 'start.strace');
writeFileSync(log, `execve("/bin/sh", ["sh", "-c", "exit 3"], 0x7ffd /* 3 vars */) = 0
access("/etc/ld.so.preload", R_OK) = -1 ENOENT (No such file or directory)
openat(AT_FDCWD, "/etc/ld.so.cache", O_RDONLY|O_CLOEXEC) = 3
mmap(NULL, 30000, PROT_READ, MAP_PRIVATE, 3, 0) = 0x7f0000000000
exit_group(3) = ?
`);

function measure(...args: readonly string[]): { readonly status: number | null; readonly stdout: string; readonly stderr: string } {
  return spawnSync(process.execPath, [MAIN, 'warm', ...args], { encoding: 'utf8' });
}

test('the program of the log behind a latency, cold and warm, as JSON', { skip }, () => {
  const { status, stdout, stderr } = measure(log, '--measure', '--latency', '100us', '--rounds', '6', '--seed', '1', '--json');
  assert.equal(status, 0, stderr);
  const document = JSON.parse(stdout) as WarmingDocument;
  assertWarming(document);
  assert.deepEqual(document.command, ['/bin/sh', '-c', 'exit 3']);
  assert.equal(document.log, log);
  assert.equal(document.storage?.latencyNs, 100_000);
  const [cold, warm] = document.phases;
  // The runner went through the plan: it asked for what the program did not.
  assert.ok((cold.warmed.storage?.requests?.['lookup'] ?? 0) > (cold.alone.storage?.requests?.['lookup'] ?? 0));
  assert.deepEqual([cold, warm].map(({ cache, rounds }) => [cache, rounds]), [['cold', 6], ['warm', 6]]);
});

test('another command, warm, on the disk as it is, as text', () => {
  const { status, stdout, stderr } = measure(log, '--measure', '--cache', 'warm', '--rounds', '6', '--', 'sh', '-c', 'exit 0');
  assert.equal(status, 0, stderr);
  assert.match(stdout, /^sh -c exit 0: without and with warming by .*start\.strace\n/);
  assert.match(stdout, /\nwarm cache +without +with +paired/);
  assert.doesNotMatch(stdout, /cold cache +without/);
  assert.match(stdout, /With everything cached, .*\.\n$/);
});

test('what is wrong is said before anything runs', () => {
  const refused = (args: readonly string[], wanted: RegExp): void => {
    const { status, stderr } = measure(...args);
    assert.equal(status, 2, stderr);
    assert.match(stderr, wanted);
  };
  const plan = path.join(dir, 'start.plan');
  assert.equal(spawnSync(process.execPath, [MAIN, 'compile', log, '-o', plan]).status, 0);
  const cut = path.join(dir, 'cut.strace');
  writeFileSync(cut, 'execve("/bin/echo", ["echo", "aaa"...], 0x7ffd /* 3 vars */) = 0\n');
  refused([plan, '--measure', '--cache', 'warm'], /a plan does not say which program .*\n.*after --/);
  refused([cut, '--measure', '--cache', 'warm'], /cut\.strace does not hold the whole command/);
  refused([log, '--latency', '1ms'], /--latency is about how to measure/);
  refused([log, '--measure', '--latency', '1'], /--latency: "1" is not valid/);
  refused([log, '--measure', '--rounds', '6', '--time', '3'], /--rounds asks for an exact number/);
  refused([log, '--measure', '--cache', 'lukewarm'], /--cache: "lukewarm"/);
  refused([log, '--measure', '--check'], /nothing to --measure/);
  refused([log, '--measure', '--cache', 'warm', '--', path.join(dir, 'none')], /cannot run .*none: ENOENT/);
});

test('an interrupt ends it and leaves nothing behind', { skip }, async () => {
  const child = spawn(process.execPath, [MAIN, 'warm', log, '--measure', '--latency', '20ms', '--cache', 'cold', '--', 'sh', '-c', 'sleep 600'], { stdio: ['ignore', 'ignore', 'pipe'] });
  let said = '';
  child.stderr.setEncoding('utf8').on('data', (text: string) => (said += text));
  const temporary = (): string[] => readdirSync(dir).filter((name) => name.startsWith('uring-replay-'));
  const closed = once(child, 'close');
  while (child.exitCode === null && !temporary().some((name) => !name.startsWith('uring-replay-warm-'))) await setTimeout(10);
  child.kill('SIGINT');
  const [status] = (await closed) as [number | null];
  assert.equal(status, 2, said);
  assert.match(said, /interrupted/);
  assert.deepEqual(temporary(), []);
});
