/** The searches of a log for the terminal, as JSON and as TSV. */
import pc from 'picocolors';
import { UringReplayError } from '../../replay/errors.js';
import { UNKNOWN_RULE, type ProbesResult } from '../analysis/probes.js';
import { RULE_IDS } from '../analysis/search-rules.js';
import { jsonPath, safeJson, shown } from '../analysis/text.js';
import { tsvRow } from '../export/tsv-row.js';
import { renderColumns, type Column } from './columns.js';
import { terminalWidth, wrapLines } from './prose.js';
import { count, duration, share } from './units.js';
import type { CacheEffect } from '../analysis/lookup-cache.js';
import type { Probe } from '../analysis/search.js';

/** Only the searches of one kind; `none`: those of no kind. Throws UR_USAGE. */
export function onlyRule(result: ProbesResult, rule: string | undefined): ProbesResult {
  if (rule === undefined) return result;
  if (rule !== 'none' && !RULE_IDS.includes(rule)) {
    throw new UringReplayError('UR_USAGE', `--rule: "${rule}" is not valid`, `Accepted: ${RULE_IDS.join(', ')}, none.`);
  }
  return { ...result, probes: result.probes.filter((probe) => (probe.rule?.id ?? 'none') === rule) };
}

export function probesJson(result: ProbesResult): string {
  const probes = result.probes.map((probe) => ({
    sought: jsonPath(probe.sought),
    rule: probe.rule?.id ?? null,
    found: probe.found === null ? null : jsonPath(probe.found),
    missesBeforeHit: probe.missesBeforeHit,
    misses: probe.misses,
    calls: probe.calls,
    times: probe.times,
    seconds: probe.seconds,
    program: jsonPath(probe.program),
    pid: probe.pid,
    line: probe.line,
    time: probe.time,
    directories: probe.directories.map((d) => ({ ...d, path: jsonPath(d.path) })),
    lookups: probe.lookups.map(({ call, path, errno, line, kind }) => ({ call, path: jsonPath(path), errno, line, kind })),
  }));
  return safeJson({ ...result, probes }) + '\n';
}

const TSV_HEAD = ['line', 'time', 'pid', 'rule', 'sought', 'found', 'misses_before_hit', 'misses', 'calls', 'times', 'seconds', 'directories', 'program'];

export function probesTsv(result: ProbesResult): string {
  const rows = result.probes.map((p) =>
    tsvRow([
      p.line, p.time, p.pid, p.rule?.id ?? null, p.sought, p.found, p.missesBeforeHit, p.misses, p.calls, p.times, Number(p.seconds.toFixed(9)),
      p.directories.map((d) => d.path).join(':'), p.program,
    ]),
  );
  return tsvRow(TSV_HEAD) + rows.join('');
}

export function probesText(log: string, result: ProbesResult, options: { readonly top: number; readonly places: boolean }): string {
  const parts = [
    `${log}: ${count(result.calls)} calls, ${count(result.lookups)} lookups, ${count(result.misses)} of them misses (${share(result.misses, result.lookups)})`,
  ];
  if (result.searches === 0) return `${parts[0]}\n\nNo searches: no name was looked for in more than one place.\n`;
  parts.push(rulesTable(result), searchesTable(result, options), effectText(result));
  return wrapLines(parts.join('\n\n') + '\n');
}

function rulesTable(result: ProbesResult): string {
  const rows = result.rules.map((rule) => [rule.id ?? 'none', count(rule.searches), count(rule.calls), count(rule.misses), rule.title]);
  return renderColumns(
    [{ head: 'kind' }, { head: 'searches', right: true }, { head: 'calls', right: true }, { head: 'misses', right: true }, { head: 'of', wraps: 'words', rank: 0 }],
    rows,
    terminalWidth(),
  );
}

const SEARCH_COLUMNS: readonly Column[] = [
  { head: 'sought', flexible: true }, { head: 'kind', rank: 2 }, { head: 'misses', right: true }, { head: 'places', right: true, rank: 1 },
  { head: 'times', right: true, rank: 0 }, { head: 'found', flexible: true, rank: 3 },
];
const PROGRAM: Column = { head: 'by', flexible: true, rank: -1 };

function searchesTable(result: ProbesResult, { top, places }: { readonly top: number; readonly places: boolean }): string {
  const worst = [...result.probes].sort((a, b) => b.misses * b.times - a.misses * a.times || a.line - b.line);
  const chosen = top === 0 ? result.probes : worst.slice(0, top);
  const head = top === 0 || chosen.length === result.probes.length ? 'Searches' : `The ${count(chosen.length)} of ${count(result.probes.length)} distinct searches with most misses (--top 0 shows all)`;
  if (places) return `${pc.bold(head)}\n\n${chosen.map(placesText).join('\n\n')}`;
  const several = new Set(result.probes.map((p) => p.program)).size > 1;
  const rows = chosen.map((p) => [
    shown(p.sought), p.rule?.id ?? 'none', count(p.misses * p.times), count(p.directories.length), count(p.times),
    p.found === null ? pc.yellow('nowhere') : shown(p.found), ...(several ? [shown(p.program)] : []),
  ]);
  return `${pc.bold(head)}\n\n${renderColumns(several ? [...SEARCH_COLUMNS, PROGRAM] : SEARCH_COLUMNS, rows, terminalWidth())}`;
}

function placesText(probe: Probe): string {
  const kind = probe.rule === null ? UNKNOWN_RULE : probe.rule.title;
  const times = probe.times === 1 ? '' : `, ${count(probe.times)} times`;
  const head = `${pc.bold(shown(probe.sought))}  ${pc.dim(`${kind}; line ${probe.line}, ${probe.program === '' ? '' : `${shown(probe.program)}, `}pid ${probe.pid}${times}`)}`;
  const rows = probe.directories.map((d) => {
    const what = d.hit ? pc.green('found') : d.misses > 0 ? `${count(d.misses)} ${d.misses === 1 ? 'miss' : 'misses'}` : d.listed ? 'known listing' : '';
    return `  ${shown(d.path)}  ${what}`;
  });
  return [head, ...rows, probe.found === null ? pc.yellow('  found nowhere') : `  -> ${shown(probe.found)}`].join('\n');
}

function effectText(result: ProbesResult): string {
  const line = (effect: CacheEffect, whose: string): string =>
    `  ${whose}: ${count(effect.repeated)} lookups repeat an earlier one (${count(effect.repeatedMisses)} of them misses); ` +
    `${count(effect.sparedCalls)} calls to spare, ${share(effect.sparedCalls, result.calls)} of all calls, ${duration(effect.sparedSeconds * 1e9)} under strace`;
  return [
    pc.bold('What remembering answers would spare'),
    line(result.perProgram, 'within each program'),
    line(result.shared, 'shared by all its processes'),
    pc.dim('  Times are those of strace, which inflates every call; run tells what the calls cost without it.'),
  ].join('\n');
}
