import assert from 'node:assert/strict';
import { execFileSync } from 'node:child_process';
import { existsSync } from 'node:fs';
import { test } from 'node:test';
import { schedulingLauncher } from '../../../bench/conditions/scheduling.js';
import type { UringReplayError } from '../../../replay/errors.js';

const ALLOWED = execFileSync('sh', ['-c', 'sed -n "s/^Cpus_allowed_list:\\s*//p" /proc/self/status'], { encoding: 'utf8' }).trim();
const FIRST = /^\d+/.exec(ALLOWED)![0];

test('nothing asked, nothing put before', async () => {
  assert.deepEqual(await schedulingLauncher({ pin: null, nice: null }), []);
});

test('what is started so runs there, and so nice', async () => {
  const launcher = await schedulingLauncher({ pin: FIRST, nice: 3 });
  // In a session of its own, as an arm.
  const said = execFileSync('setsid', ['--wait', ...launcher, 'sh', '-c', 'sed -n "s/^Cpus_allowed_list:\\s*//p" /proc/self/status; nice; sed "s/.* nice //" /proc/self/autogroup 2>/dev/null'], { encoding: 'utf8' });
  const wanted = Math.min(Number(execFileSync('nice', { encoding: 'utf8' })) + 3, 19);
  const group = existsSync('/proc/self/autogroup') ? `${wanted}\n` : '';
  assert.equal(said, `${FIRST}\n${wanted}\n${group}`);
});

test('CPUs that are not there, niceness that is not permitted: refused by name', async () => {
  await assert.rejects(schedulingLauncher({ pin: '9999', nice: null }), (error: UringReplayError) => {
    assert.equal(error.code, 'UR_USAGE');
    assert.match(error.message, /^--pin 9999: /);
    assert.equal(error.remedy, `CPUs that this process may use: ${ALLOWED}.`);
    return true;
  });
});

test('an ordinary user may not take precedence', { skip: process.getuid?.() === 0 ? 'root may' : false }, async () => {
  await assert.rejects(schedulingLauncher({ pin: null, nice: -5 }), /--nice -5: not permitted/);
});
