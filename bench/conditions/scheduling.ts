/** On which CPUs, and with which niceness, arms run: taskset (util-linux) and nice (coreutils) start them. */
import { execFile } from 'node:child_process';
import { readFileSync } from 'node:fs';
import { promisify } from 'node:util';
import { UringReplayError } from '../../replay/errors.js';

const run = promisify(execFile);

export interface Scheduling {
  /** A CPU list such as 0,2-3; null: as this process. */
  readonly pin: string | null;
  /** -20 to 19, added to this process's; null: as this process. */
  readonly nice: number | null;
}

/** The command (and arguments) to start an arm with. Rejects with UR_USAGE where this host does not allow it. */
export async function schedulingLauncher({ pin, nice }: Scheduling): Promise<readonly string[]> {
  const launcher: string[] = [];
  if (pin !== null) {
    const command = ['taskset', '-c', pin];
    await tryPin(pin, command);
    launcher.push(...command);
  }
  if (nice !== null) {
    const wanted = await tryNice(nice, ['nice', '-n', String(nice)]);
    launcher.push('sh', '-c', NICE, String(wanted), 'nice', '-n', String(nice));
  }
  return launcher;
}

/**
 * Every arm is a session of its own. Where the kernel shares CPUs out among sessions first (autogroups, sched(7)),
 * niceness counts only inside of one, and what counts among them is the niceness of the group: both are set. A user's
 * changes of the latter are taken ten times a second at most (kernel/sched/autogroup.c), hence the tries.
 */
const NICE = `
  for try in 1 2 3 4 5 6 7 8 9 10; do
    [ -w /proc/self/autogroup ] || break
    { echo "$0" > /proc/self/autogroup; } 2>/dev/null && break
    sleep 0.1
  done
  exec "$@"`;

async function tryPin(pin: string, [file, ...args]: readonly string[]): Promise<void> {
  try {
    await run(file, [...args, 'true']);
  } catch (error) {
    const allowed = /^Cpus_allowed_list:\s*(\S+)/m.exec(readFileSync('/proc/self/status', 'latin1'))?.[1] ?? 'unknown';
    throw new UringReplayError('UR_USAGE', `--pin ${pin}: ${firstLine(error)}`, `CPUs that this process may use: ${allowed}.`, { cause: error });
  }
}

/** The niceness that comes of it. nice(1) goes on with a warning where it may not; what it then starts tells its own. */
async function tryNice(nice: number, [file, ...args]: readonly string[]): Promise<number> {
  try {
    const own = Number((await run('nice')).stdout);
    const got = Number((await run(file, [...args, 'nice'])).stdout);
    const wanted = Math.min(Math.max(own + nice, -20), 19);
    if (got === wanted) return wanted;
  } catch (error) {
    throw new UringReplayError('UR_USAGE', `--nice ${nice}: ${firstLine(error)}`, 'Install coreutils.', { cause: error });
  }
  throw new UringReplayError('UR_USAGE', `--nice ${nice}: not permitted`, 'Only root may use a value below 0.');
}

function firstLine(error: unknown): string {
  const { stderr, message } = error as Error & { stderr?: string };
  const text = (stderr ?? '').trim();
  return (text === '' ? message : text).split('\n')[0];
}
