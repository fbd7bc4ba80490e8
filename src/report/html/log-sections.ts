/** The sections of a report that the log fills. */
import { topFiles, type FileMeasure, type FileRow } from '../../analysis/files.js';
import { PHASES } from '../../analysis/phases/model.js';
import { UNKNOWN_RULE } from '../../analysis/probes.js';
import { shown } from '../../analysis/text.js';
import { bytes, count, duration, share } from '../units.js';
import { phasesChart, syscallChart } from './log-charts.js';
import { figure, h, note, paragraph, section, table, type Markup, type Section } from './parts.js';
import type { Side } from '../../analysis/diff.js';

const SYSCALLS_SHOWN = 20;
const PROBES_SHOWN = 25;
const FILES_SHOWN = 20;

const LEGEND = [['var(--c1)', 'calls'], ['var(--c2)', 'of them errors']] as const;
const time = (seconds: number): string => (seconds === 0 ? '-' : duration(seconds * 1e9));

export function callsSection(side: Side): Section {
  const all = [...side.syscalls].map(([name, row]) => ({ name, ...row })).sort((a, b) => b.calls - a.calls || (a.name < b.name ? -1 : 1));
  const total = all.reduce((n, row) => n + row.calls, 0);
  const rows = all.slice(0, SYSCALLS_SHOWN);
  const rest = all.slice(SYSCALLS_SHOWN).reduce((n, row) => n + row.calls, 0);
  const columns = [{ head: 'call' }, { head: 'calls', numeric: true }, { head: 'share', numeric: true }, { head: 'errors', numeric: true }, { head: 'time in calls', numeric: true }];
  return section(
    'calls',
    'What the program calls',
    figure(syscallChart(rows), `${count(total)} calls of the log${rest === 0 ? '' : `; ${count(rest)} of less frequent kinds are not drawn`}.`, LEGEND),
    table('Calls per syscall; times are those of strace, which inflates every call', columns, rows.map((r) => [r.name, count(r.calls), share(r.calls, total), count(r.errors), time(r.seconds)])),
  );
}

export function phasesSection({ phases }: Side): Section {
  const story = phases.stories.reduce<(typeof phases.stories)[number] | null>((best, one) => (best === null || one.calls > best.calls ? one : best), null);
  if (story === null) return section('phases', 'The start-up as a story', paragraph('The log has no calls.'));
  const chart = phasesChart(story);
  const name = story.program === null ? `process ${story.pid}` : shown(story.program);
  const rows = story.stretches.slice(0, 40).map((s) => [PHASES[s.phase], count(s.calls), count(s.misses), s.wallSeconds === null ? '-' : time(s.wallSeconds), s.sentence]);
  const columns = [{ head: 'phase' }, { head: 'calls', numeric: true }, { head: 'misses', numeric: true }, { head: 'elapsed', numeric: true }, { head: 'what happens', prose: true }];
  const more = story.stretches.length - rows.length;
  const others = phases.programs > 1 ? ` It is the program with most calls of ${count(phases.programs)} in the log.` : '';
  return section(
    'phases',
    'The start-up as a story',
    paragraph(`${name}${story.language === null ? '' : ` (${story.language})`}, ${count(story.calls)} calls.${others}`),
    chart === null ? h`` : figure(chart, 'A phase may come back. Times are those of strace, which inflates every call.'),
    table(`Phases of ${name}`, columns, rows),
    more > 0 ? note(`${count(more)} more stretches; uring-replay phases tells them.`) : h``,
  );
}

export function probesSection({ probes }: Side): Section {
  const lead = paragraph(
    `${count(probes.lookups)} calls look for something by name; ${count(probes.misses)} of them (${share(probes.misses, probes.lookups)}) find nothing. ` +
      `Within each program ${count(probes.perProgram.repeated)} repeat an earlier lookup; remembering the answers would spare ${count(probes.perProgram.sparedCalls)} calls, ` +
      `${share(probes.perProgram.sparedCalls, probes.calls)} of all, and ${count(probes.shared.sparedCalls)} if all processes shared the memory.`,
  );
  if (probes.probes.length === 0) return section('probes', 'Searches along paths', lead, paragraph('No name was looked for in more than one place.'));
  const rules = probes.rules.map((r) => [r.title, count(r.searches), count(r.calls), count(r.misses)]);
  const worst = [...probes.probes].sort((a, b) => b.misses * b.times - a.misses * a.times || a.line - b.line).slice(0, PROBES_SHOWN);
  const rows = worst.map((p) => [shown(p.sought), p.rule?.title ?? UNKNOWN_RULE, count(p.misses * p.times), count(p.directories.length), count(p.times), p.found === null ? 'nowhere' : shown(p.found)]);
  const columns = [{ head: 'sought', path: true }, { head: 'search path' }, { head: 'misses', numeric: true }, { head: 'places', numeric: true }, { head: 'times', numeric: true }, { head: 'found', path: true }];
  return section(
    'probes',
    'Searches along paths',
    lead,
    table('By kind of search path', [{ head: 'search path' }, { head: 'searches', numeric: true }, { head: 'calls', numeric: true }, { head: 'misses', numeric: true }], rules),
    table(`The ${count(rows.length)} of ${count(probes.probes.length)} searches with most misses`, columns, rows),
  );
}

export function filesSection({ files }: Side): Section {
  const some = topFiles(files, 'seconds', FILES_SHOWN);
  return section(
    'files',
    'Slowest and hottest files',
    paragraph(
      `${count(files.fileCalls)} calls are about ${count(files.paths)} paths: ${count(files.totals.opens)} opens, ${count(files.totals.reopens)} of them of what had been opened before, ` +
        `${count(files.totals.stats)} stats, ${count(files.totals.reads)} reads of ${bytes(files.totals.bytesRead)}.`,
    ),
    some.length === 0 ? paragraph('The log does not say how long calls took.') : filesTable('Most time inside calls, as strace saw it', some, 'seconds'),
    filesTable('Most calls', topFiles(files, 'calls', FILES_SHOWN), 'calls'),
  );
}

function filesTable(caption: string, files: readonly FileRow[], by: FileMeasure): Markup {
  const rows = files.map((f) => [shown(f.path), by === 'seconds' ? time(f.seconds) : count(f.calls), by === 'seconds' ? count(f.calls) : time(f.seconds), count(f.opens), count(f.stats), count(f.reads), bytes(f.bytesRead), count(f.misses)]);
  const first = by === 'seconds' ? ['time', 'calls'] : ['calls', 'time'];
  const columns = [{ head: 'path', path: true }, ...[...first, 'opens', 'stats', 'reads', 'read', 'misses'].map((head) => ({ head, numeric: true }))];
  return table(caption, columns, rows);
}
