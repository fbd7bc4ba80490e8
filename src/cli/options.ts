/** Option values as users write them; each error names the option, the value and what is accepted. */
import { UringReplayError } from '../../replay/errors.js';

function usage(option: string, value: string, accepted: string): UringReplayError {
  return new UringReplayError('UR_USAGE', `${option}: "${value}" is not valid`, `Accepted: ${accepted}.`);
}

/** A whole number of at least `min` (and at most `max`). */
export function wholeNumber(option: string, value: string, min: number, max = Number.MAX_SAFE_INTEGER): number {
  const number = Number(value);
  if (!/^\d+$/.test(value) || number < min || number > max) {
    throw usage(option, value, max === Number.MAX_SAFE_INTEGER ? `a whole number from ${min}` : `a whole number from ${min} to ${max}`);
  }
  return number;
}

/** A number above 0, fractions allowed. */
export function positiveNumber(option: string, value: string): number {
  const number = Number(value);
  if (!/^\d*\.?\d+$/.test(value) || !(number > 0) || !Number.isFinite(number)) throw usage(option, value, 'a number above 0');
  return number;
}

/** One of a fixed set of words. */
export function oneOf<T extends string>(option: string, value: string, words: readonly T[]): T {
  const found = words.find((word) => word === value);
  if (found === undefined) throw usage(option, value, words.join(', '));
  return found;
}

/** Comma separated words of a fixed set, each at most once, in the order given. */
export function listOf<T extends string>(option: string, value: string, words: readonly T[]): T[] {
  const items = value.split(',').map((item) => oneOf(option, item.trim(), words));
  return [...new Set(items)];
}

const DURATION_UNITS: Readonly<Record<string, number>> = { ns: 1, us: 1e3, ms: 1e6, s: 1e9 };

/** `1ms`, `500us`, `1.5s` -> nanoseconds, at least `minNs`. */
export function duration(option: string, value: string, minNs: number, maxNs: number): number {
  const match = /^(\d+(?:\.\d+)?)(ns|us|ms|s)$/.exec(value);
  const ns = match === null ? NaN : Math.round(Number(match[1]) * DURATION_UNITS[match[2]]);
  if (!(ns >= minNs && ns <= maxNs)) throw usage(option, value, `a time from ${minNs / 1e3}us to ${maxNs / 1e9}s, as in 500us, 1ms, 1.5ms`);
  return ns;
}

/** Shorter ones are lost in what a request to a file system in user space takes anyway. */
const LATENCY_MIN_NS = 10_000;
const LATENCY_MAX_NS = 60e9;

/** The value of --latency, nanoseconds. */
export function latency(value: string): number {
  return duration('--latency', value, LATENCY_MIN_NS, LATENCY_MAX_NS);
}

/** CPUs as taskset(1) takes them: 0,2-3. */
export function cpuList(option: string, value: string): string {
  if (!/^\d+(-\d+)?(,\d+(-\d+)?)*$/.test(value)) throw usage(option, value, 'a list of CPUs, as in 0,2-3');
  return value;
}

const SIZE_UNITS: Readonly<Record<string, number>> = { '': 1, K: 2 ** 10, M: 2 ** 20, G: 2 ** 30, T: 2 ** 40 };

/** `2G`, `512M`, `1000` -> bytes. */
export function byteSize(option: string, value: string): number {
  const match = /^(\d+(?:\.\d+)?)([KMGT]?)(?:i?B)?$/i.exec(value);
  if (match === null) throw usage(option, value, 'bytes, with K, M, G or T for powers of 1024');
  return Math.floor(Number(match[1]) * SIZE_UNITS[match[2].toUpperCase()]);
}
