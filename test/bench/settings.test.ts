import assert from 'node:assert/strict';
import { test } from 'node:test';
import { checkSettings, DEFAULTS } from '../../bench/settings.js';

test('workers cannot be placed beside a thread of the kernel\'s', () => {
  const settings = { ...DEFAULTS, file: 'x.strace' };
  checkSettings({ ...settings, affinity: 'same' });
  checkSettings({ ...settings, setup: 'sqpoll' });
  assert.throws(() => { checkSettings({ ...settings, affinity: 'other', setup: 'sqpoll' }); }, { code: 'UR_USAGE', message: /--ring-affinity other.*--ring-setup sqpoll/ });
});
