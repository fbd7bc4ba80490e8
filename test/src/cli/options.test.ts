import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { UringReplayError } from '../../../replay/errors.js';
import { byteSize, listOf, positiveNumber, wholeNumber } from '../../../src/cli/options.js';

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

  it('takes sizes with binary units', () => {
    assert.equal(byteSize('--max-tree-size', '2G'), 2 ** 31);
    assert.equal(byteSize('--max-tree-size', '1.5k'), 1536);
    assert.equal(byteSize('--max-tree-size', '10MiB'), 10 * 2 ** 20);
    assert.throws(() => byteSize('--max-tree-size', 'lots'), usageError(/max-tree-size/));
  });
});
