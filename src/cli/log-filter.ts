/** The filter options of `show` as the reader wants them. */
import { UringReplayError } from '../../replay/errors.js';
import { globPattern } from '../../replay/strace/glob.js';
import { seconds } from '../../replay/strace/bytes.js';
import { wholeNumber } from './options.js';
import type { FilterOptions, TimeLimit } from '../../replay/strace/filter.js';

export interface FilterFlags {
  readonly pid?: readonly string[];
  readonly name?: readonly string[];
  readonly path?: string;
  readonly errors?: boolean;
  readonly since?: string;
  readonly until?: string;
  readonly slowerThan?: string;
}

const PID_MAX = 4194304;

export function filterOptions(flags: FilterFlags): FilterOptions {
  const { pid, name, path, errors, since, until, slowerThan } = flags;
  return {
    ...(pid && { pids: pid.map((value) => wholeNumber('--pid', value, 0, PID_MAX)) }),
    ...(name && { names: name }),
    // Paths are bytes: the pattern is compared with them one character per byte.
    ...(path !== undefined && { path: globPattern(Buffer.from(path).toString('latin1')) }),
    ...(errors !== undefined && { errors }),
    ...(since !== undefined && { since: timeLimit('--since', since) }),
    ...(until !== undefined && { until: timeLimit('--until', until) }),
    ...(slowerThan !== undefined && { slowerThan: duration('--slower-than', slowerThan) }),
  };
}

/** `1700000000.5`, `12:34:56.7`, `+1.5`, `2026-11-20T05:41:40` */
function timeLimit(option: string, value: string): TimeLimit {
  const accepted = "the log's own time (1700000000.5 or 12:34:56.7), +SECONDS from its start, or a date (2026-11-20T05:41:40Z)";
  const fromStart = value.startsWith('+');
  const text = fromStart ? value.slice(1) : value;
  if (/^\d+(\.\d+)?$/.test(text)) return { seconds: Number(text), fromStart };
  if (!fromStart && /^\d{1,2}:\d{2}:\d{2}(\.\d+)?$/.test(text)) return { seconds: seconds(Buffer.from(text), 0, text.length), fromStart };
  const date = fromStart ? NaN : Date.parse(text);
  if (Number.isNaN(date)) throw new UringReplayError('UR_USAGE', `${option}: "${value}" is not valid`, `Accepted: ${accepted}.`);
  return { seconds: date / 1000, fromStart };
}

const UNITS: Readonly<Record<string, number>> = { '': 1, s: 1, ms: 1e-3, us: 1e-6, ns: 1e-9 };

/** `5ms`, `10us`, `0.5` (seconds) */
function duration(option: string, value: string): number {
  const match = /^(\d*\.?\d+)(s|ms|us|ns|)$/.exec(value);
  if (match === null) throw new UringReplayError('UR_USAGE', `${option}: "${value}" is not valid`, 'Accepted: seconds, or a number with ns, us, ms or s.');
  return Number(match[1]) * UNITS[match[2]];
}
