import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { count, duration, durationWithInterval, ratioWithInterval, tally } from '../../../src/report/units.js';

describe('units', () => {
  it('prints durations with three significant digits and their unit', () => {
    assert.deepEqual([0, 7, 999, 1000, 2_345_678, 45_600_000, 1.5e9].map(duration), [
      '0.00 ns', '7.00 ns', '999 ns', '1.00 µs', '2.35 ms', '45.6 ms', '1.50 s',
    ]);
  });

  it('keeps an interval in the unit of its median', () => {
    assert.equal(durationWithInterval({ median: 1_000_000, low: 990_000, high: 1_020_000 }), '1.00 ms [0.99, 1.02]');
  });

  it('shows ratios near one with three digits', () => {
    assert.equal(ratioWithInterval({ median: 0.5234, low: 0.519, high: 0.53 }), '0.523x [0.519, 0.530]');
    assert.equal(ratioWithInterval({ median: 64.21, low: 60, high: 70 }), '64.2x [60.0, 70.0]');
  });

  it('groups digits and orders tallies by frequency', () => {
    assert.equal(count(1234567), '1,234,567');
    assert.equal(tally({ openat: 3, statx: 1200, close: 3, read: 0 }), 'statx 1,200, close 3, openat 3');
    assert.equal(tally({}), '-');
  });
});
