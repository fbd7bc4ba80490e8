import assert from 'node:assert/strict';
import { test } from 'node:test';
import { settingsToRepeat, withRepeat } from '../../../bench/result/repeat.js';
import { parseResult } from '../../../bench/result/read-result.js';
import { DEFAULTS, storedSettings } from '../../../bench/settings.js';
import { sampleResult } from '../sample-result.js';

test('a repeated experiment has the settings and the seed of the first, and the log may have moved', () => {
  const first = { ...sampleResult(), settings: storedSettings({ ...DEFAULTS, file: 'x', batches: [8, 64], rounds: 30 }) };
  const settings = settingsToRepeat(first, 'r.json', null);
  assert.deepEqual([settings.file, settings.batches, settings.rounds, settings.seed], ['x.strace', [8, 64], 30, 1]);
  assert.equal(settingsToRepeat(first, 'r.json', 'elsewhere').file, 'elsewhere');
});

test('what cannot be repeated is refused', () => {
  const first = sampleResult();
  assert.throws(() => settingsToRepeat({ ...first, settings: null }, 'r.json', null), { code: 'UR_CANNOT_REPEAT', message: /^r\.json/ });
  const later = { ...first, settings: { ...storedSettings({ ...DEFAULTS, file: 'x' }), colour: 'red' } };
  assert.throws(() => settingsToRepeat(later, 'r.json', null), { code: 'UR_CANNOT_REPEAT', message: /colour/ });
  assert.throws(() => settingsToRepeat({ ...first, trace: { ...first.trace, file: '-' } }, 'r.json', null), { code: 'UR_USAGE' });
});

test('the repetition says what has changed, and is a valid result', () => {
  const first = sampleResult();
  const second = withRepeat(first, { ...first, host: { ...first.host, kernel: '6.19.0' } });
  assert.deepEqual(parseResult(JSON.stringify(second), 'second'), second);
  assert.deepEqual(second.repeats?.differences, [{ setting: 'host.kernel', before: '6.18.0', after: '6.19.0' }]);
  assert.deepEqual(second.repeats.arms.map(({ id, before, after }) => [id, before, after]), [['serial', null, null], ['ring/trace/32', 'slower', 'slower']]);
  assert.equal(second.repeats.digest, first.digest);
});
