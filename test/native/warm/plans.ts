/** Plans for tests of uring-warm, and a directory to warm. */
import { spawnSync } from 'node:child_process';
import { mkdtempSync, realpathSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import type { CheckReport, WarmReport } from '../../../bench/warm/runner.js';
import { encodeWarmPlan } from '../../../replay/warm/encode.js';
import type { WarmRecord } from '../../../replay/warm/format.js';
import { WARM } from '../binaries.js';

export const LOOKUP: WarmRecord = {
  path: '/', noFollow: false, open: false, list: false, readlink: false, execute: false, ranges: [], type: 'unknown', size: null,
};
/** Read from its beginning to its end. */
export const READ: WarmRecord = { ...LOOKUP, open: true, ranges: [{ offset: 0, bytes: 2 ** 40 }] };

export function scratch(): string {
  const dir = realpathSync(mkdtempSync(path.join(tmpdir(), 'uring-replay-warm-test-')));
  process.on('exit', () => { rmSync(dir, { recursive: true, force: true }); });
  return dir;
}

export const ENGINES = ['threads', 'ring', 'auto'] as const;

let names = 0;

/** A name that nobody has looked up, so that not everything is in memory and the runner goes to work. */
export function unknownName(dir: string): WarmRecord {
  return { ...LOOKUP, path: path.join(dir, `unknown-${process.pid}-${names++}`), type: 'absent' };
}

export function savePlan(dir: string, records: readonly WarmRecord[]): string {
  const file = path.join(dir, `plan-${names++}`);
  writeFileSync(file, encodeWarmPlan(records));
  return file;
}

export interface Warmed {
  readonly status: number | null;
  readonly signal: string | null;
  readonly stdout: string;
  readonly stderr: string;
}

export function runWarmer(args: readonly string[], input = ''): Warmed {
  const { status, signal, stdout, stderr } = spawnSync(WARM, args, { encoding: 'utf8', timeout: 60_000, input });
  return { status, signal, stdout, stderr };
}

/** Warms without a command and returns what it reports. */
export function warmed(plan: string, args: readonly string[] = []): WarmReport {
  const { status, stdout, stderr } = runWarmer([...args, '--report', '-', plan]);
  if (status !== 0) throw new Error(`status ${status}: ${stderr}`);
  return JSON.parse(stdout) as WarmReport;
}

export function checked(plan: string, args: readonly string[] = []): CheckReport {
  return JSON.parse(runWarmer(['--check', '--report', '-', ...args, plan]).stdout) as CheckReport;
}
