/** Numbers as people read them: nanoseconds, ratios and counts, with the unit always shown. */
import { grouped as count } from '../analysis/text.js';
import type { Estimate } from '../../bench/result/result.js';

const SCALES = [
  { unit: 'ns', ns: 1 },
  { unit: 'µs', ns: 1e3 },
  { unit: 'ms', ns: 1e6 },
  { unit: 's', ns: 1e9 },
] as const;

function scaleOf(ns: number): (typeof SCALES)[number] {
  return SCALES.findLast((s) => Math.abs(ns) >= s.ns) ?? SCALES[0];
}

/** Three significant digits, never in exponent form. */
function significant(value: number): string {
  const magnitude = Math.abs(value);
  return value.toFixed(magnitude >= 100 ? 0 : magnitude >= 10 ? 1 : 2);
}

/** `2_345_678` ns -> `2.35 ms`. */
export function duration(ns: number): string {
  const scale = scaleOf(ns);
  return `${significant(ns / scale.ns)} ${scale.unit}`;
}

/** A median with its interval in the unit of the median: `2.35 ms [2.31, 2.40]`. */
export function durationWithInterval(ns: Estimate): string {
  const scale = scaleOf(ns.median);
  const [median, low, high] = [ns.median, ns.low, ns.high].map((v) => significant(v / scale.ns));
  return `${median} ${scale.unit} [${low}, ${high}]`;
}

/** `0.523x [0.519, 0.530]`: above 1 the arm is faster than its baseline. */
export function ratioWithInterval(ratio: Estimate): string {
  const digits = ratio.median >= 10 ? 1 : ratio.median >= 2 ? 2 : 3;
  return `${ratio.median.toFixed(digits)}x [${ratio.low.toFixed(digits)}, ${ratio.high.toFixed(digits)}]`;
}

/** `0.0312` -> `0.031`, small ones `<0.001`. */
export function probability(p: number): string {
  return p < 0.001 ? '<0.001' : p.toFixed(3);
}

/** `12345` -> `12,345`. */
export { count };

/** `{statx: 12, openat: 3}` -> `statx 12, openat 3`, most frequent first; `-` when there is none. */
export function tally(counts: Readonly<Record<string, number>>): string {
  const entries = Object.entries(counts).filter(([, n]) => n > 0);
  if (entries.length === 0) return '-';
  return entries
    .sort(([a, m], [b, n]) => n - m || (a < b ? -1 : 1))
    .map(([name, n]) => `${name} ${count(n)}`)
    .join(', ');
}

/** `3, 12` -> `25.0 %`; of nothing it is `-`. */
export function share(part: number, whole: number): string {
  return whole === 0 ? '-' : `${((100 * part) / whole).toFixed(1)} %`;
}

/** `1536` -> `1.5 KiB` */
export function bytes(n: number): string {
  if (n < 1024) return `${n} B`;
  const units = ['KiB', 'MiB', 'GiB', 'TiB'];
  const power = Math.min(units.length, Math.floor(Math.log2(n) / 10));
  return `${significant(n / 1024 ** power)} ${units[power - 1]}`;
}
