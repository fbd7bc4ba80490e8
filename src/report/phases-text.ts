/** The story of a start-up for the terminal, as JSON and as TSV. */
import pc from 'picocolors';
import { PHASES, type FileSteps, type PhasesResult, type Story, type Stretch } from '../analysis/phases/model.js';
import { jsonPath, safeJson, shown } from '../analysis/text.js';
import { tsvRow } from '../export/tsv-row.js';
import { renderColumns } from './columns.js';
import { terminalWidth, wrap, wrapLines } from './prose.js';
import { count, duration } from './units.js';

const PROSE_WIDTH_MAX = 100;

export function phasesJson(result: PhasesResult): string {
  const stories = result.stories.map((story) => ({
    ...story,
    program: story.program === null ? null : jsonPath(story.program),
    stretches: story.stretches.map((stretch) => ({
      ...stretch,
      title: PHASES[stretch.phase],
      syscalls: Object.fromEntries(stretch.syscalls),
      files: stretch.files.map((file) => ({ ...file, path: jsonPath(file.path), steps: Object.fromEntries(file.steps) })),
    })),
  }));
  return safeJson({ ...result, stories }) + '\n';
}

const TSV_HEAD = ['pid', 'program', 'line', 'start', 'phase', 'calls', 'misses', 'errors', 'seconds', 'wall_seconds', 'sentence'];
const rounded = (seconds: number | null): number | null => (seconds === null ? null : Number(seconds.toFixed(9)));

export function phasesTsv(result: PhasesResult): string {
  const rows = result.stories.flatMap((story) =>
    story.stretches.map((s) =>
      tsvRow([
        story.pid, story.program, s.line, rounded(s.start), s.phase, s.calls, s.misses, s.errors, rounded(s.seconds), rounded(s.wallSeconds),
        Buffer.from(s.sentence).toString('latin1'),
      ]),
    ),
  );
  return tsvRow(TSV_HEAD) + rows.join('');
}

export function phasesText(log: string, result: PhasesResult, options: { readonly programs: number; readonly steps: boolean }): string {
  const { stories } = result;
  const told = options.programs === 0 ? stories : stories.slice(0, options.programs);
  const parts = [`${log}: ${count(result.calls)} calls of ${count(result.programs)} ${result.programs === 1 ? 'program' : 'programs'}`, totalsTable(result)];
  for (const story of told) parts.push(storyText(story, options.steps));
  if (told.length < result.programs) parts.push(pc.dim(`${count(result.programs - told.length)} more programs (--programs 0 tells ${stories.length < result.programs ? `the first ${count(stories.length)}` : 'all'})`));
  return wrapLines(parts.join('\n\n') + '\n');
}

function totalsTable(result: PhasesResult): string {
  const rows = result.totals.map((t) => [PHASES[t.phase], count(t.calls), count(t.misses), duration(t.seconds * 1e9), t.wallSeconds === null ? '-' : duration(t.wallSeconds * 1e9)]);
  return renderColumns(
    [{ head: 'phase', wraps: 'words' }, { head: 'calls', right: true }, { head: 'misses', right: true, rank: 1 }, { head: 'in calls', right: true, rank: 0 }, { head: 'elapsed', right: true }],
    rows,
    terminalWidth(),
  );
}

function storyText(story: Story, steps: boolean): string {
  const name = story.program === null ? 'a program that ran already' : shown(story.program);
  const how = story.origin === 'fork' ? ', forked' : '';
  const head = `${pc.bold(name)}  ${pc.dim(`${story.language === null ? '' : `${story.language}, `}pid ${story.pid}${how}, ${count(story.calls)} calls`)}`;
  const rest = story.callsUntold === 0 ? [] : [pc.dim(`  and ${count(story.callsUntold)} more calls, not told`)];
  return [head, ...story.stretches.map((stretch) => stretchText(stretch, steps)), ...rest].join('\n');
}

function stretchText(stretch: Stretch, steps: boolean): string {
  const figures = [
    `line ${stretch.line}`,
    `${count(stretch.calls)} ${stretch.calls === 1 ? 'call' : 'calls'}`,
    stretch.misses === 0 ? '' : `${count(stretch.misses)} ${stretch.misses === 1 ? 'miss' : 'misses'}`,
    stretch.wallSeconds === null ? '' : duration(stretch.wallSeconds * 1e9),
  ].filter((figure) => figure !== '');
  const head = `  ${pc.cyan(PHASES[stretch.phase])}  ${pc.dim(figures.join(', '))}`;
  const files = steps ? stretch.files.map(stepsLine) : [];
  const width = terminalWidth();
  return [head, ...wrap(stretch.sentence, width === Infinity ? width : Math.min(PROSE_WIDTH_MAX, width) - 4).map((line) => `    ${line}`), ...files].join('\n');
}

/** `      /lib/libc.so.6: open, read header, map x5, close` */
function stepsLine(file: FileSteps): string {
  const steps = [...file.steps].map(([step, n]) => (n === 1 ? step : `${step} x${n}`));
  return `      ${shown(file.path)}: ${steps.join(', ')}${file.misses === file.calls ? pc.yellow(' (not there)') : ''}`;
}
