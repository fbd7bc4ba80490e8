/** A result as text for the terminal: a pure function of the document. */
import pc from 'picocolors';
import { precisionOf } from '../../bench/judge/judge.js';
import type { ArmResult, Comparison, Repeat, ResultDocument } from '../../bench/result/result.js';
import { renderColumns, type Column } from './columns.js';
import { contentText } from './content-text.js';
import { libuvNotes } from './libuv-notes.js';
import { pilotNote } from './pilot-note.js';
import { terminalWidth, wrapLines } from './prose.js';
import { standInsText } from './standins-text.js';
import { sweepTables } from './sweep.js';
import { servedText, usageTable } from './usage.js';
import { count, duration, durationWithInterval, probability, ratioWithInterval, tally } from './units.js';

const DIVERGENCES_SHOWN = 10;

function speedup(comparison: Comparison | undefined): string {
  if (comparison === undefined) return pc.dim('baseline');
  const text = ratioWithInterval(comparison.speedup);
  if (comparison.verdict === 'faster') return pc.green(text);
  if (comparison.verdict === 'slower') return pc.red(text);
  return text;
}

function armsTable({ arms, comparisons }: ResultDocument): string {
  const withCeiling = comparisons.some(({ ceiling }) => ceiling !== null);
  const head: Column[] = [
    { head: 'arm' }, { head: 'wall per replay' }, { head: 'CPU per replay' }, { head: 'calls', right: true, rank: 0 }, { head: 'syscalls', right: true, rank: 2 },
    { head: 'diverged', right: true, ...(arms.every(({ divergences }) => divergences === 0) && { rank: 4 }) }, { head: 'speed-up' }, { head: 'p', rank: 1 },
  ];
  const columns = withCeiling ? [...head, { head: 'ceiling', rank: 3 }] : head;
  const rows = arms.map((arm) => {
    const comparison = comparisons.find((c) => c.arm === arm.id);
    return [
      arm.id,
      durationWithInterval(arm.wallNs),
      durationWithInterval(arm.cpuNs),
      count(arm.calls),
      arm.syscalls === null ? '-' : count(arm.syscalls),
      arm.divergences === 0 ? '0' : pc.red(count(arm.divergences)),
      arm.engine === 'nop' ? pc.dim('floor') : speedup(comparison),
      comparison === undefined ? '' : probability(comparison.p),
      ...(withCeiling ? [comparison?.ceiling == null ? '' : ratioWithInterval(comparison.ceiling)] : []),
    ];
  });
  return renderColumns(columns, rows, terminalWidth());
}

/** What the arms are that are not the same calls on the way to the same answer. */
function armNotes(result: ResultDocument): string[] {
  const notes = result.arms.flatMap(({ id, rewrite, callsSaved }) => {
    if (rewrite === null || callsSaved === null) return [];
    const entries = callsSaved >= 0 ? `${count(callsSaved)} kernel entries fewer` : `${count(-callsSaved)} kernel entries more`;
    return [`${id} changes the calls: ${rewrite}, ${entries} than the program has calls.`];
  });
  notes.push(...pilotNote(result.pilot), ...libuvNotes(result), ...timelineNote(result));
  for (const { id, calibration } of result.arms) {
    if (calibration !== null) notes.push(`${id} went this way: ${calibration.way}; ${calibration.reason}.`);
  }
  if (result.comparisons.some(({ ceiling }) => ceiling !== null)) {
    notes.push('ceiling: the speed-up if the ring saved kernel entries and all else stayed the same; only doing calls at the same time can exceed it.');
  }
  return notes.map((note) => pc.dim(note));
}

function timelineNote({ arms, timeline }: ResultDocument): string[] {
  const without = timeline === undefined ? [] : arms.filter(({ id }) => timeline.arms.every((one) => one.id !== id));
  if (without.length === 0) return [];
  return [`No timeline of ${without.map(({ id }) => id).join(', ')}: they make a part of the calls only.`];
}

/** Where the ring's requests went: completed in submission, handed to io-wq, or issued as plain calls. */
function requestsTable(arms: readonly ArmResult[]): string {
  const columns: Column[] = [{ head: 'arm' }, { head: 'inline', wraps: 'list' }, { head: 'punted to io-wq', wraps: 'list' }, { head: 'plain calls (no opcode)', wraps: 'list' }];
  return renderColumns(columns, arms.map((arm) => [arm.id, tally(arm.inline), tally(arm.punted), tally(arm.direct)]), terminalWidth());
}

function divergencesText(arm: ArmResult): string[] {
  const rows = arm.divergent.slice(0, DIVERGENCES_SHOWN).map((d) => {
    const where = d.path === null ? d.syscall : `${d.syscall} ${d.path}`;
    return `  line ${d.line}: ${where}: ${d.what} expected ${d.expected}, got ${d.got}`;
  });
  const more = arm.divergent.length - rows.length;
  if (more > 0) rows.push(`  and ${count(more)} more (--json has them all)`);
  return [`${pc.red('Divergences')} in ${arm.id}:`, ...rows];
}

function header(result: ResultDocument): string[] {
  const { trace, host, conditions } = result;
  const ledger = trace.ledger.reduce((sum, entry) => sum + entry.count, 0);
  const standIns = trace.standIns === undefined ? null : standInsText(trace.standIns);
  return [
    `${trace.file}: ${count(trace.calls)} calls, ${count(trace.replayed)} replayed, ${count(ledger)} in the ledger`,
    pc.dim(`${host.cpu}, ${host.cpus} CPUs, Linux ${host.kernel}, ${host.fileSystem}; ${conditions.cache} cache; ${conditions.isolation}`),
    pc.dim(`${conditions.rounds} interleaved rounds in ${conditions.seconds.toFixed(1)} s, arms started ${conditions.roundsPerBlock.length} times; medians with 95 % intervals`),
    pc.dim(stopText(result)),
    ...(standIns === null ? [] : [pc.dim(`Stand-ins: ${standIns}`)]),
    ...(conditions.content === undefined ? [] : [pc.dim(contentText(conditions.content))]),
  ];
}

/** Why it measured no longer. */
function stopText({ conditions: { stoppedBy, precision }, comparisons }: ResultDocument): string {
  const percent = (share: number): string => `${Number((100 * share).toPrecision(2))} %`;
  switch (stoppedBy) {
    case 'precision':
      return `Stopped because every speed-up is known within ${percent(precision)}`;
    case 'time': {
      const wide = comparisons.filter(({ speedup }) => precisionOf(speedup) > precision);
      const list = wide.map(({ arm, speedup }) => `${arm} is known within ${percent(precisionOf(speedup))}`).join(', ');
      return `Stopped because the time was over${list === '' ? '' : `: ${list} instead of ${percent(precision)}`}`;
    }
    case 'rounds':
      return 'Stopped after the number of rounds asked for';
    case 'interrupted':
      return 'Stopped because it was interrupted';
    case 'failure':
      return 'Stopped because an arm failed';
  }
}

function ledgerText(result: ResultDocument): string {
  const byReason: Record<string, number> = {};
  for (const entry of result.trace.ledger) byReason[entry.reason] = (byReason[entry.reason] ?? 0) + entry.count;
  return `Not replayed: ${tally(byReason)}`;
}

/** What has changed since the result that this one repeats. */
function repeatText({ date, differences, arms }: Repeat): string {
  const settings = differences.map(({ setting, before, after }) => `  ${setting}: ${before ?? '-'} -> ${after ?? '-'}`);
  const figures = arms.map(({ id, ratio, before, after }) => {
    const verdicts = before === after ? '' : `, verdict ${before ?? 'none'} -> ${after ?? 'none'}`;
    return `  ${id}: ${ratioWithInterval(ratio)} as fast as then${verdicts}`;
  });
  return [`Against the result of ${date.slice(0, 16).replace('T', ' ')} UTC:`, ...figures, ...(settings.length === 0 ? ['  no setting differs'] : settings)].join('\n');
}

/** The whole report; ends with the one sentence of verdict. */
export function renderResult(result: ResultDocument): string {
  const ringArms = result.arms.filter(({ inline, punted }) => Object.keys({ ...inline, ...punted }).length > 0);
  const parts: string[] = [header(result).join('\n'), armsTable(result)];
  parts.push(...sweepTables(result), ...armNotes(result));
  if (ringArms.length > 0) parts.push(requestsTable(ringArms));
  parts.push(`${pc.dim('Per replay: context switches, page faults and storage')}\n${usageTable(result.arms)}`);
  const { storage } = result.conditions;
  if (storage?.latencyNs != null && storage.servedNs !== null) {
    parts.push(pc.dim(`Requests set to ${duration(storage.latencyNs)} were answered after ${servedText(storage.servedNs)}.`));
  }
  if (result.arms.some((arm) => arm.order === 'deps')) {
    parts.push(pc.dim('deps: every call as early as its dependencies allow; a program reaches that only by speculation, so it is an upper bound.'));
  }
  for (const arm of result.arms) if (arm.divergences > 0) parts.push(divergencesText(arm).join('\n'));
  for (const arm of result.missingArms) {
    parts.push(`${pc.yellow('No arm')} ${arm.id}: ${arm.reason}${arm.remedy === null ? '' : `\n  ${arm.remedy}`}`);
  }
  if (result.repeats !== null) parts.push(repeatText(result.repeats));
  parts.push(pc.dim(ledgerText(result)));
  for (const warning of result.warnings) parts.push(`${pc.yellow('Warning:')} ${warning.message}\n  ${warning.remedy}`);
  parts.push(pc.bold(result.verdict));
  return wrapLines(parts.join('\n\n') + '\n');
}
