/** Three results of one log: another host, an arm that one lacks, other conditions. */
import { seal } from '../../../../bench/result/digest.js';
import { compareResults, type ResultsComparison } from '../../../../bench/result/compare-results.js';
import { sampleArm, sampleComparison, sampleResult } from '../../../bench/sample-result.js';
import type { ResultDocument } from '../../../../bench/result/result.js';

export function threeResults(name = 'b.json'): ResultsComparison {
  const one = sampleResult();
  const other: ResultDocument = seal({
    ...one,
    host: { ...one.host, cpu: 'Another, "fast" | CPU', kernel: '6.1.0' },
    arms: [sampleArm('serial'), sampleArm('ring/deps/all')],
    comparisons: [sampleComparison('ring/deps/all', 1.62, 'faster', 0.7)],
    verdict: 'Yes.',
  });
  const third: ResultDocument = seal({ ...one, conditions: { ...one.conditions, pin: '0' } });
  return compareResults([{ name: 'a.json', result: one }, { name, result: other }, { name: 'c.json', result: third }]);
}
