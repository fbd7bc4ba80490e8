/** `report`: a result, and what its log shows, as one page to send to somebody. */
import { createHash } from 'node:crypto';
import { isPlain } from '../../../bench/judge/verdict.js';
import { UringReplayError } from '../../../replay/errors.js';
import { openLog } from '../../../replay/strace/source.js';
import { sideOf, type Side } from '../../analysis/diff.js';
import { count } from '../units.js';
import { harmless } from './harmless.js';
import { callsSection, filesSection, phasesSection, probesSection } from './log-sections.js';
import { page } from './page.js';
import { h, verdict } from './parts.js';
import {
  costSection, divergencesSection, hostSection, impactSection, ledgerSection, repeatSection, requestsSection, speedupSection, storageSection, sweepSection, timesSection, warningsSection,
} from './result-sections.js';
import type { Comparison, ResultDocument } from '../../../bench/result/result.js';

/** What the log of `result` shows. Rejects with UR_OTHER_LOG where `log` is not the log that was replayed. */
export async function logOf(result: ResultDocument, log: string, onBytes?: (bytes: number) => void): Promise<Side> {
  const hash = createHash('sha256');
  for await (const chunk of await openLog(log)) hash.update(chunk as Uint8Array);
  if (hash.digest('hex') !== result.trace.digest) {
    throw new UringReplayError('UR_OTHER_LOG', `${log} is not the log that was replayed for this result (its digest differs)`, `Give the log that was replayed: ${result.trace.file}`);
  }
  return sideOf(log, onBytes);
}

/** A pure function of its arguments. `log`: null leaves out what only the log can tell. */
export function reportHtml(document: ResultDocument, log: Side | null): string {
  const result = harmless(document);
  const { trace } = result;
  const lead = h`${verdict(result.verdict, overall(result))}
<p>${count(trace.calls)} calls in the log, ${count(trace.replayed)} replayed in each arm and checked against it; ${count(result.conditions.rounds)} interleaved rounds; ${result.host.cpu}, Linux ${result.host.kernel}, ${result.host.fileSystem}, ${result.conditions.cache === 'both' ? 'warm and cold' : result.conditions.cache} cache.</p>`;
  const sections = [
    speedupSection(result),
    warningsSection(result),
    timesSection(result),
    sweepSection(result),
    costSection(result),
    requestsSection(result),
    storageSection(result),
    impactSection(result),
    ...(log === null ? [] : [callsSection(log), phasesSection(log), probesSection(log), filesSection(log)]),
    ledgerSection(result),
    divergencesSection(result),
    hostSection(result),
    repeatSection(result),
  ].filter((one) => one !== null);
  const title = `Would batching help? ${trace.file}`;
  return page(title, lead, sections, `uring-replay ${result.version}; measured ${result.date}. This file stands alone: it runs no script and asks for nothing.`);
}

/** The verdict on the best arm; undecided where warm and cold disagree, and where there are no plain calls to compare with. */
function overall({ arms, comparisons }: ResultDocument): Comparison['verdict'] {
  if (!comparisons.every((comparison) => isPlain(arms, comparison))) return 'undecided';
  const verdicts = [...new Set(comparisons.map((c) => c.baseline))].map((baseline) => {
    const own = comparisons.filter((c) => c.baseline === baseline);
    return own.reduce((a, b) => (b.speedup.median > a.speedup.median ? b : a)).verdict;
  });
  return new Set(verdicts).size === 1 ? verdicts[0] : 'undecided';
}
