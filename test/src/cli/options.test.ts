import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { UringReplayError } from '../../../replay/errors.js';
import { byteSize, cpuList, duration, listOf, positiveNumber, wholeNumber } from '../../../src/cli/options.js';

function usageError(message: RegExp): (error: unknown) => boolean {
  return (error) => error instanceof UringReplayError && error.code === 'UR_USAGE' && message.test(error.message) && error.remedy !== null;
}

describe('option values', () => {
  it('takes whole numbers within their bounds and names the option otherwise', () => {
    assert.equal(wholeNumber('--batch', '32', 1), 32);
    for (const bad of ['0', '-1', '1.5', '', '1e3', '99999999999999999999']) {
      assert.throws(() => wholeNumber('--batch', bad, 1, 32768), usageError(/--batch/));
    }
  });

  it('takes numbers above zero', () => {
    assert.equal(positiveNumber('--time', '.5'), 0.5);
    for (const bad of ['0', '-3', 'x', '', 'Infinity']) assert.throws(() => positiveNumber('--time', bad), usageError(/--time/));
  });

  it('takes lists of known words, each once', () => {
    assert.deepEqual(listOf('--order', 'deps, trace,deps', ['trace', 'deps']), ['deps', 'trace']);
    assert.throws(() => listOf('--order', 'trace,', ['trace', 'deps']), usageError(/--order/));
  });

  it('takes times with a unit, within their bounds', () => {
    assert.equal(duration('--latency', '500us', 1e4, 6e10), 500_000);
    assert.equal(duration('--latency', '1.5ms', 1e4, 6e10), 1_500_000);
    for (const bad of ['1', '1m', 'ms', '-1ms', '1us', '61s', '']) assert.throws(() => duration('--latency', bad, 1e4, 6e10), usageError(/--latency/));
  });

  it('takes lists of CPUs', () => {
    assert.equal(cpuList('--pin', '0,2-3'), '0,2-3');
    for (const bad of ['', 'x', '0,', '1-', '0 1']) assert.throws(() => cpuList('--pin', bad), usageError(/--pin/));
  });

  it('takes sizes with binary units', () => {
    assert.equal(byteSize('--max-tree-size', '2G'), 2 ** 31);
    assert.equal(byteSize('--max-tree-size', '1.5k'), 1536);
    assert.equal(byteSize('--max-tree-size', '10MiB'), 10 * 2 ** 20);
    assert.throws(() => byteSize('--max-tree-size', 'lots'), usageError(/max-tree-size/));
  });
});
