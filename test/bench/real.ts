/** Runs the real thing in a process of its own, with a temporary directory of its own. */
import { spawn, type ChildProcess } from 'node:child_process';
import { chmodSync, mkdtempSync, readFileSync, readdirSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { fileURLToPath } from 'node:url';
import type { SentError } from '../../bench/arms/arm-protocol.js';
import type { ResultDocument } from '../../bench/result/result.js';
import type { RunSettings } from '../../bench/settings.js';

const root = new URL('../../../', import.meta.url);
export const PYTHON_STARTUP = fileURLToPath(new URL('test/fixtures/python-startup.strace', root));
const RUN_MAIN = fileURLToPath(new URL('./run-main.js', import.meta.url));

export interface Outcome {
  readonly result: ResultDocument | null;
  readonly error: SentError | null;
  /** What stayed in the temporary directory. */
  readonly left: readonly string[];
  readonly status: number | null;
  readonly stderr: string;
}

export interface Launch {
  /** Another user, by number. */
  readonly uid?: number;
  readonly env?: NodeJS.ProcessEnv;
  /** A command that runs the rest of its arguments. */
  readonly wrapper?: readonly string[];
  /** Called with each line of progress. */
  readonly onProgress?: (line: string, child: ChildProcess) => void;
}

/** Few rounds, so that tests end soon; what they measure is of no interest. */
export const QUICK: Partial<RunSettings> = { rounds: 6, seed: 1 };

export async function runReal(settings: Partial<RunSettings> & Pick<RunSettings, 'file'>, launch: Launch = {}): Promise<Outcome> {
  const temporary = mkdtempSync(path.join(tmpdir(), 'uring-replay-test-'));
  chmodSync(temporary, 0o777);
  try {
    const [file, ...args] = [...(launch.wrapper ?? []), process.execPath, RUN_MAIN, JSON.stringify(settings)];
    const child = spawn(file, args, {
      env: { ...process.env, ...launch.env, TMPDIR: temporary },
      stdio: ['ignore', 'pipe', 'pipe'],
      ...(launch.uid !== undefined && { uid: launch.uid, gid: launch.uid }),
    });
    let [stdout, stderr] = ['', ''];
    child.stdout.setEncoding('utf8').on('data', (text: string) => (stdout += text));
    child.stderr.setEncoding('utf8').on('data', (text: string) => {
      stderr += text;
      for (const line of text.split('\n')) launch.onProgress?.(line, child);
    });
    const status = await new Promise<number | null>((resolve, reject) => child.once('error', reject).once('close', resolve));
    if (stdout === '') throw new Error(`no answer (status ${status}):\n${stderr}`);
    const answer = JSON.parse(stdout) as ResultDocument | { readonly error: SentError };
    const outcome = 'error' in answer ? { result: null, error: answer.error } : { result: answer, error: null };
    return { ...outcome, left: readdirSync(temporary), status, stderr };
  } finally {
    rmSync(temporary, { recursive: true, force: true });
  }
}

/** Processes whose environment names `temporary`-like text, i.e. that belong to a run. */
export function processesWith(text: string): string[] {
  return readdirSync('/proc').filter((pid) => /^\d+$/.test(pid) && pid !== String(process.pid) && environmentOf(pid).includes(text));
}

function environmentOf(pid: string): string {
  try {
    return readFileSync(`/proc/${pid}/environ`, 'latin1');
  } catch {
    return '';
  }
}
