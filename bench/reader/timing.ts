/** Commands on large logs, timed from outside. */
import { spawn } from 'node:child_process';
import { appendFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { readBytes } from '../../replay/strace/read.js';

/** Of a start-up of Python, recorded with -f -ttt -T: 11,000 lines. */
export const SAMPLE = new URL('../../../test/fixtures/traces/python.f-ttt-T.strace.gz', import.meta.url).pathname;

/** Prints the largest resident set of the process, in KiB, as the last thing on stderr. */
export const REPORT_MEMORY = `data:text/javascript,process.on('exit',()=>process.stderr.write('\\nmaxrss '+process.resourceUsage().maxRSS+'\\n'))`;

export interface Command {
  readonly id: string;
  readonly argv: (log: string) => readonly string[];
  readonly env?: Readonly<Record<string, string>>;
  /** Whether its output goes through a pipe into cat (default), or to /dev/null at once. */
  readonly pipe?: boolean;
}

export interface Figure {
  readonly seconds: number[];
  readonly cpuSeconds: number[];
  maxRssMB: number;
}

/** The sample again and again, to at least so many bytes, as a file in `directory`. */
export async function repeated(directory: string, name: string, bytes: number): Promise<string> {
  const sample = await readBytes(SAMPLE);
  const path = join(directory, name);
  writeFileSync(path, '');
  const block = Buffer.concat(Array.from({ length: Math.max(1, Math.floor(8e6 / sample.length)) }, () => sample));
  for (let size = 0; size < bytes; size += block.length) appendFileSync(path, block);
  return path;
}

/** Runs the command with its output thrown away. Its CPU time comes from the shell, in hundredths of a second. */
export async function time(command: Command, log: string, figure: Figure): Promise<void> {
  // Through cat: grep stops at its first hit when it sees that its output goes to /dev/null.
  const script = command.pipe === false ? '"$@" > /dev/null; times >&2' : '"$@" | cat > /dev/null; times >&2';
  const started = process.hrtime.bigint();
  const child = spawn('sh', ['-c', script, 'sh', ...command.argv(log)], { stdio: ['ignore', 'ignore', 'pipe'], env: { ...process.env, ...command.env } });
  let stderr = '';
  child.stderr.setEncoding('utf8').on('data', (text: string) => (stderr += text));
  const status = await new Promise<number | null>((resolve, reject) => {
    child.on('error', reject);
    child.on('close', resolve);
  });
  figure.seconds.push(Number(process.hrtime.bigint() - started) / 1e9);
  const children = /(\d+)m([\d.]+)s (\d+)m([\d.]+)s\s*$/.exec(stderr);
  if (children !== null) figure.cpuSeconds.push(Number(children[1]) * 60 + Number(children[2]) + Number(children[3]) * 60 + Number(children[4]));
  if (status !== 0) throw new Error(`${command.id} ended with ${status}: ${stderr}`);
  const memory = /maxrss (\d+)/.exec(stderr);
  if (memory !== null) figure.maxRssMB = Math.max(figure.maxRssMB, (Number(memory[1]) * 1024) / 1e6);
}

export const median = (values: readonly number[]): number => values.toSorted((x, y) => x - y)[values.length >> 1];
