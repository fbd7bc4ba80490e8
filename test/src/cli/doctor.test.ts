import assert from 'node:assert/strict';
import { execFileSync } from 'node:child_process';
import { test } from 'node:test';
import { diagnose } from '../../../src/doctor/checks.js';
import { isolationFindings } from '../../../src/doctor/isolation.js';
import { limitFindings } from '../../../src/doctor/limits.js';
import { limit, status, sysctl } from '../../../src/doctor/proc.js';
import { diagnosisText } from '../../../src/report/diagnosis.js';

test('/proc is read as it is', () => {
  assert.equal(sysctl('kernel.ostype'), 'Linux');
  assert.equal(sysctl('kernel.no_such_setting'), null);
  assert.equal(Number(status('Pid')), process.pid);
  assert.equal(status('NoSuchField'), null);
  const soft = execFileSync('sh', ['-c', 'ulimit -Sn'], { encoding: 'utf8' }).trim();
  // Node raises its own soft limit to the hard one; children get that.
  assert.equal(String(limit('Max open files')?.soft), soft === 'unlimited' ? 'Infinity' : soft);
  assert.equal(limit('Max no such thing'), null);
});

test('every finding that is not ok has a remedy; the text shows both', async () => {
  const diagnosis = await diagnose();
  for (const { name, status: state, found, remedy } of diagnosis.findings) {
    assert.notEqual(found, '', name);
    assert.equal(remedy === null, state === 'ok', name);
  }
  assert.equal(diagnosis.ok, diagnosis.findings.every((finding) => finding.status !== 'fail'));
  const text = diagnosisText(diagnosis);
  for (const { found, remedy } of diagnosis.findings) {
    assert.ok(text.includes(found));
    if (remedy !== null) assert.ok(text.includes(remedy));
  }
});

test('locked memory matters only where rings count against it', () => {
  const names = (kernel: string): string[] => limitFindings(kernel).map(({ name }) => name);
  assert.ok(!names('5.12.0').includes('locked memory'));
  assert.ok(!names('6.1.0-13-amd64').includes('locked memory'));
  const small = (limit('Max locked memory')?.soft ?? Infinity) < 8 * 2 ** 20;
  assert.equal(names('5.11.22').includes('locked memory'), small);
});

test('an ordinary user is not asked for chroot', async () => {
  const findings = await isolationFindings(false);
  assert.deepEqual(findings.map(({ name }) => name), ['user namespaces']);
});
