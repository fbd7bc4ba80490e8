import assert from 'node:assert/strict';
import { spawn } from 'node:child_process';
import { existsSync } from 'node:fs';

/** Runs `script`, a module that starts an arm, prints the arm's pid and stays; kills it, and waits until the arm has gone, too. */
export async function endsWithItsParent(script: string): Promise<void> {
  const parent = spawn(process.execPath, ['--input-type=module', '-e', script], { stdio: ['ignore', 'pipe', 'inherit'] });
  const pid = await new Promise<string>((resolve) => parent.stdout.once('data', (text: Buffer) => { resolve(text.toString().trim()); }));
  assert.ok(existsSync(`/proc/${pid}`), 'the arm runs');
  parent.kill('SIGKILL');
  while (existsSync(`/proc/${pid}`)) await new Promise((resolve) => setTimeout(resolve, 10));
}
