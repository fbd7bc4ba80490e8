/** The sections of a report that a result document alone fills. */
import { bytes, count, duration, durationWithInterval, ratioWithInterval, share, tally } from '../units.js';
import { servedText } from '../usage.js';
import { isPlain } from '../../../bench/judge/verdict.js';
import { LEDGER_REASONS } from '../../../replay/world/ledger.js';
import { standInsText } from '../standins-text.js';
import { REQUEST_LEGEND, TIMES_LEGEND, baselines, batchSize, costChart, requestsChart, speedupChart, sweepChart, sweepLegend, sweepsOf, timesChart } from './arm-charts.js';
import { facts, figure, h, note, paragraph, section, table, type Markup, type Section } from './parts.js';
import type { ArmResult, Comparison, Estimate, ResultDocument } from '../../../bench/result/result.js';

const DIVERGENCES_MAX = 200;

const percent = ({ median, low, high }: Estimate): string => `${median.toFixed(2)} % [${low.toFixed(2)}, ${high.toFixed(2)}]`;
export const VERDICTS: Readonly<Record<Comparison['verdict'], string>> = { faster: 'faster', slower: 'slower', same: 'no difference', undecided: 'undecided' };

export function speedupSection(result: ResultDocument): Section {
  const { comparisons, missingArms } = result;
  const missing = missingArms.map(({ id, reason, remedy }) => h`<p class="warning"><strong>No arm ${id}:</strong> ${reason}${remedy === null ? '' : h` ${remedy}`}</p>`);
  if (comparisons.length === 0) return section('speed-up', 'Speed-up', paragraph('Nothing was compared: there is a single arm.'), ...missing);
  const rows = comparisons.map((c) => [c.arm, ratioWithInterval(c.speedup), ratioWithInterval(c.cpuRatio), h`<span class="${c.verdict}">${VERDICTS[c.verdict]}</span>`]);
  const plain = comparisons.every((comparison) => isPlain(result.arms, comparison));
  const columns = [{ head: 'arm' }, { head: 'wall time, times as fast', numeric: true }, { head: 'CPU time, times as little', numeric: true }, { head: 'verdict' }];
  return section(
    'speed-up',
    'Speed-up',
    figure(speedupChart(comparisons), `Against ${baselines(comparisons)}${plain ? ', the same calls one by one' : ''}: medians of paired rounds with 95 % intervals. Right of the line is faster.`),
    table(`Speed-up over ${baselines(comparisons)}`, columns, rows),
    result.arms.some((arm) => arm.order === 'deps') ? note('Arms in the order deps make every call as early as its dependencies allow. A program reaches that only by speculation, so they are an upper bound.') : h``,
    ...missing,
  );
}

export function warningsSection({ warnings }: ResultDocument): Section | null {
  if (warnings.length === 0) return null;
  return section('warnings', 'What may have disturbed the figures', ...[...new Set(warnings.map(({ remedy }) => remedy))].map((remedy) => {
    const messages = warnings.filter((warning) => warning.remedy === remedy).map(({ message }) => h`${message}<br>`);
    return h`<p class="warning">${messages}<span class="note">${remedy}</span></p>`;
  }));
}

export function timesSection({ arms }: ResultDocument): Section {
  const rows = arms.map((arm) => [
    arm.id, durationWithInterval(arm.wallNs), durationWithInterval(arm.cpuNs), count(arm.calls), arm.syscalls === null ? '-' : count(arm.syscalls),
    arm.voluntarySwitches.toFixed(1), arm.involuntarySwitches.toFixed(1),
  ]);
  const columns = [
    { head: 'arm' }, { head: 'wall per replay', numeric: true }, { head: 'CPU per replay', numeric: true }, { head: 'calls', numeric: true },
    { head: 'kernel entries', numeric: true }, { head: 'switches, own', numeric: true }, { head: 'forced', numeric: true },
  ];
  return section(
    'times',
    'Wall time and CPU time',
    figure(timesChart(arms), 'Of one replay of all calls; medians, the thin lines are 95 % intervals. Worker threads of the ring burn CPU time elsewhere, which wall time does not show.', TIMES_LEGEND),
    table('Time of one replay per arm; context switches are means per replay', columns, rows),
  );
}

export function sweepSection(result: ResultDocument): Section | null {
  const sweeps = sweepsOf(result);
  if (sweeps.length === 0) return null;
  const figures = (['warm', 'cold'] as const).flatMap((cache) => {
    const own = sweeps.filter(({ arms }) => arms[0].cache === cache);
    if (own.length === 0) return [];
    const serials = result.arms.filter((arm) => arm.engine === 'serial' && arm.cache === cache);
    const line = serials.map((arm) => `; the broken line is ${arm.id}, ${duration(arm.wallNs.median)}`).join('');
    return [figure(sweepChart(own, serials), `Wall time of one replay with its interval, ${cache} cache${line}.`, sweepLegend(own))];
  });
  const rows = sweeps.flatMap(({ name, arms }) => arms.map((arm) => [name, arm.batch === 0 ? `all (${count(batchSize(arm))})` : count(batchSize(arm)), durationWithInterval(arm.wallNs), durationWithInterval(arm.cpuNs)]));
  const columns = [{ head: 'arms' }, { head: 'batch', numeric: true }, { head: 'wall', numeric: true }, { head: 'CPU', numeric: true }];
  return section('sweep', 'By batch size', ...figures, table('Time of one replay by batch size', columns, rows));
}

export function costSection({ arms }: ResultDocument): Section {
  const { svg, beyond } = costChart(arms);
  const rows = arms.map((arm) => {
    const sorted = arm.wallNs.samples.map((ns) => ns / arm.calls).toSorted((a, b) => a - b);
    const at = (p: number): string => duration(sorted[Math.min(sorted.length - 1, Math.floor(p * sorted.length))]);
    return [arm.id, count(sorted.length), at(0), at(0.25), duration(arm.wallNs.median / arm.calls), at(0.75), at(0.99)];
  });
  const columns = ['arm', 'passes', 'least', 'quarter', 'median', 'three quarters', '99 %'].map((head, i) => ({ head, numeric: i > 0 }));
  const cut = beyond.length === 0 ? '' : ` Not shown, because slower: ${beyond.map(({ arm, passes }) => `${count(passes)} ${passes === 1 ? 'pass' : 'passes'} of ${arm}`).join(', ')}.`;
  return section(
    'cost',
    'Cost per call',
    figure(svg, `Wall time per call in each pass; the height is the share of passes, the upright line the median over the rounds.${cut}`),
    table('Wall time per call over the passes', columns, rows),
  );
}

export function requestsSection({ arms }: ResultDocument): Section {
  const counted = [...new Set(arms.filter((arm) => arm.engine !== 'serial').map((arm) => arm.countedBy))];
  const how = counted.includes('tracepoint') ? 'Counted by a tracepoint of the kernel.' : counted.includes('completions') ? 'Counted by the completions that were there when submission returned.' : '';
  return section(
    'requests',
    'Where the requests went',
    figure(requestsChart(arms), `What the kernel did with each call. ${how}`.trim(), REQUEST_LEGEND),
    table('Calls of one replay', [{ head: 'arm' }, { head: 'done at submission' }, { head: 'handed to a worker' }, { head: 'plain calls', prose: true }], arms.map((arm) => [arm.id, tally(arm.inline), tally(arm.punted), tally(arm.direct)])),
  );
}

export function storageSection({ arms, conditions }: ResultDocument): Section | null {
  const used = arms.flatMap((arm) => (arm.storage === null ? [] : [{ id: arm.id, cache: arm.cache, use: arm.storage }]));
  const { storage } = conditions;
  if (storage === null && used.length === 0) return null;
  const about: [string, string][] = storage === null ? [] : [['storage', storage.how], ['cold is shown by', storage.coldness]];
  if (storage?.latencyNs != null) about.push(['latency', `${duration(storage.latencyNs)} for ${storage.delayed.join(', ')}`]);
  if (storage?.servedNs != null) about.push(['served', servedText(storage.servedNs)]);
  const rows = used.map(({ id, cache, use }) => [
    id, cache, count(use.passes), use.requests === null ? '-' : tally(use.requests), use.deviceReads === null ? '-' : count(use.deviceReads.median), use.deviceBytes === null ? '-' : bytes(use.deviceBytes.median),
  ]);
  const columns = [{ head: 'arm' }, { head: 'cache' }, { head: 'passes', numeric: true }, { head: 'requests per pass' }, { head: 'device reads', numeric: true }, { head: 'of', numeric: true }];
  return section('storage', 'What the storage was asked for', facts(about), rows.length === 0 ? h`` : table('Per pass, medians', columns, rows));
}

export function impactSection({ impact, trace }: ResultDocument): Section {
  if (impact === null) {
    const missing =
      trace.recording === null
        ? 'How long the program takes without strace is not in the result, so the share of these calls in it is not known. uring-replay record measures it together with the log.'
        : `Without strace the program takes ${durationWithInterval(inNanoseconds(trace.recording.wall))}; the result does not say what share these calls have in it under the conditions of its arms.`;
    return section('program', 'What it means for the program', paragraph(missing));
  }
  const rows: [string, string][] = [
    ['the program, untraced', durationWithInterval(impact.programNs)],
    ['its replayed calls, one by one', durationWithInterval(impact.callsNs)],
    ['their share, the most that any treatment could save', percent(impact.callsPercent)],
  ];
  if (impact.bestArm !== null && impact.savedNs !== null && impact.savedPercent !== null) {
    const saves = impact.savedNs.median >= 0;
    const size = durationWithInterval(saves ? impact.savedNs : negated(impact.savedNs));
    const part = percent(saves ? impact.savedPercent : negated(impact.savedPercent));
    rows.push([`the best arm, ${impact.bestArm}, ${saves ? 'would save' : 'would cost'}`, `${size}, ${part} of the program`]);
  }
  return section('program', 'What it means for the program', facts(rows));
}

const inNanoseconds = ({ median, low, high }: Estimate): Estimate => ({ median: median * 1e9, low: low * 1e9, high: high * 1e9 });
const negated = ({ median, low, high }: Estimate): Estimate => ({ median: -median, low: -high, high: -low });

export function ledgerSection({ trace }: ResultDocument): Section {
  const rows = [...trace.ledger].sort((a, b) => b.count - a.count).map(({ reason, syscall, count: n }) => [reason, syscall, count(n), LEDGER_REASONS[reason]]);
  const standIns = trace.standIns === undefined ? null : standInsText(trace.standIns);
  return section(
    'ledger',
    'What was not replayed',
    paragraph(`Of ${count(trace.calls)} calls in the log ${count(trace.replayed)} were replayed (${share(trace.replayed, trace.calls)}); the others are here with their reason.`),
    standIns === null ? h`` : paragraph(`Of those replayed ${standIns}.`),
    rows.length === 0 ? h`` : table('The ledger', [{ head: 'reason' }, { head: 'call' }, { head: 'calls', numeric: true }, { head: 'which means', prose: true }], rows),
  );
}

export function divergencesSection({ arms }: ResultDocument): Section {
  const total = arms.reduce((n, arm) => n + arm.divergences, 0);
  if (total === 0) return section('divergences', 'Divergences', paragraph('None: every call of every pass ended as the log says.'));
  const parts = arms.filter((arm) => arm.divergences > 0).map((arm) => divergencesOf(arm));
  return section('divergences', 'Divergences', paragraph('These calls did not end as the log says; figures of an arm with divergences are of other work.'), ...parts);
}

function divergencesOf(arm: ArmResult): Markup {
  const rows = arm.divergent.slice(0, DIVERGENCES_MAX).map((d) => [count(d.line), d.syscall, d.path === null ? '' : d.path, d.what, String(d.expected), String(d.got)]);
  const columns = [{ head: 'line', numeric: true }, { head: 'call' }, { head: 'path', path: true }, { head: 'what' }, { head: 'expected' }, { head: 'got' }];
  const more = arm.divergent.length - rows.length;
  return h`<h3>${arm.id}: ${count(arm.divergences)}</h3>${table(`Divergences of ${arm.id}`, columns, rows)}${more > 0 ? note(`and ${count(more)} more`) : ''}`;
}

export function hostSection({ host, conditions, date, version }: ResultDocument): Section {
  const { disturbance } = conditions;
  const rows: [string, string][] = [
    ['processor', `${host.cpu}, ${count(host.cpus)} CPUs, ${host.arch}`],
    ['memory', `${(host.memoryBytes / 2 ** 30).toFixed(1)} GiB`],
    ['kernel', `Linux ${host.kernel}`],
    ['system', host.distribution],
    ['virtualization', host.virtualization ?? 'none found'],
    ['file system', host.fileSystem],
    ['governor', host.governor ?? 'not known'],
    ['turbo', host.turbo === null ? 'not known' : host.turbo ? 'on' : 'off'],
    ['mitigations', Object.entries(host.mitigations).map(([name, state]) => `${name}: ${state}`).join('; ') || 'none'],
    ['io_uring', host.ioUring.available === true ? `available${Array.isArray(host.ioUring.features) ? ` (${host.ioUring.features.map(String).join(', ')})` : ''}` : 'not available'],
    ['versions', Object.entries(host.versions).map(([name, v]) => `${name} ${v}`).join(', ')],
    ['isolation', `${conditions.mode}: ${conditions.isolation}`],
    ['cache', conditions.cache],
    ['pinned to', conditions.pin === null ? 'no CPU' : `CPU ${conditions.pin}`],
    ['nice', conditions.nice === null ? 'as started' : String(conditions.nice)],
    ['rounds', `${count(conditions.rounds)} interleaved, ${conditions.seconds.toFixed(1)} s, stopped by ${conditions.stoppedBy}`],
    ['load', `${disturbance.loadBefore.toFixed(2)} before, ${disturbance.loadAfter.toFixed(2)} after${disturbance.stealPercent === null ? '' : `; ${disturbance.stealPercent.toFixed(1)} % of CPU time stolen`}`],
    ['measured', `${date}, uring-replay ${version}`],
  ];
  return section('host', 'Host and conditions', facts(rows));
}

export function repeatSection({ command, trace, conditions }: ResultDocument): Section {
  const quoted = command.map((arg) => (/^[\w@%+=:,./-]+$/.test(arg) ? arg : `'${arg.replaceAll("'", "'\\''")}'`));
  return section(
    'repeat',
    'How to repeat it',
    h`<pre>${quoted.join(' ')}</pre>`,
    facts([['log', trace.file], ['sha256 of the log', trace.digest], ['seed', String(conditions.seed)]]),
  );
}
