import assert from 'node:assert/strict';
import { test } from 'node:test';
import { timeCommand, type CommandPlace } from '../../../bench/record/command-time.js';
import { inNewNamespace } from '../../../bench/conditions/namespace.js';
import { namespace, noFuse, withDirectory } from '../conditions/host.js';

/** Ends at once and leaves a process behind that keeps a CPU busy for a while. */
const LEAVES_WORK = ['sh', '-c', '(i=0; while [ $i -lt 300000 ]; do i=$((i+1)); done) & exit 5'];
const skip = await noFuse();

test('the CPU time of what a command leaves running is counted where its descendants are waited for', async () => {
  const alone = await timeCommand(LEAVES_WORK);
  const all = await timeCommand(LEAVES_WORK, undefined, { descendants: true });
  assert.equal(all.status, 5);
  assert.ok(all.user + all.system > 4 * (alone.user + alone.system), JSON.stringify({ alone, all }));
});

test('what does not end is killed, and the figures are refused', async () => {
  await assert.rejects(timeCommand(['sh', '-c', 'sleep 600 & sh -c "sleep 600 & wait" & exit 0'], undefined, { descendants: true }), { code: 'UR_LEFT_RUNNING' });
});

test('a command that looks like an option is a command', async () => {
  await assert.rejects(timeCommand(['--root']), { code: 'UR_NO_COMMAND', message: /cannot run --root: / });
});

test('another root directory, with directories of ours in it', { skip }, () =>
  withDirectory(async (dir) => {
    const place: CommandPlace = { launcher: inNewNamespace(namespace), root: '/', binds: ['/proc', '/tmp'], cwd: dir, descendants: true };
    const inside = (script: string): Promise<{ status: number | null }> => timeCommand(['sh', '-c', script, 'sh', dir], undefined, place);
    assert.equal((await inside('test "$(pwd)" = "$1" && test -e /proc/self/stat')).status, 0);
    assert.equal((await inside('exit 7')).status, 7);
    await assert.rejects(timeCommand(['true'], undefined, { ...place, cwd: `${dir}/none` }), { code: 'UR_NO_PLACE', message: /ENOENT/ });
    await assert.rejects(timeCommand(['true'], undefined, { ...place, binds: [`${dir}/none`] }), { code: 'UR_NO_PLACE', message: /ENOENT/ });
  }));
