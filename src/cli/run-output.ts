/** Where the result of a run may go: refused before anything is measured, not after. */
import { accessSync, constants, realpathSync, statSync } from 'node:fs';
import path from 'node:path';
import { recordingFileOf } from '../../bench/record/recording.js';
import { UringReplayError } from '../../replay/errors.js';

/**
 * Throws UR_WOULD_OVERWRITE where `json` is the log, the recording beside it, or another input of the run;
 * UR_CANNOT_WRITE where its folder is missing or closed to us.
 */
export function checkOutput(json: string, log: string, inputs: readonly string[] = []): void {
  if (log !== '-') {
    if (same(json, log)) throw overwrite(json, 'the log itself');
    if (same(json, recordingFileOf(log))) throw overwrite(json, `the place of the log's recording, which holds the program's real time`);
  }
  const input = inputs.find((file) => same(json, file));
  if (input !== undefined) throw overwrite(json, 'an input of this command');
  try {
    accessSync(path.dirname(json), constants.W_OK | constants.X_OK);
  } catch (error) {
    const reason = (error as NodeJS.ErrnoException).code ?? String(error);
    throw new UringReplayError('UR_CANNOT_WRITE', `cannot write ${json}: ${reason}`, 'Name a file in a folder that exists and that you may write to.', { cause: error });
  }
}

function overwrite(file: string, what: string): UringReplayError {
  return new UringReplayError('UR_WOULD_OVERWRITE', `${file} is ${what}: the result must not replace it`, 'Choose another name, such as result.json.');
}

/** One file by two names (links too), or the same name where there is none yet. */
function same(a: string, b: string): boolean {
  const [one, other] = [identity(a), identity(b)];
  return one === other;
}

function identity(file: string): string {
  try {
    const { dev, ino } = statSync(file, { bigint: true });
    return `${dev}:${ino}`;
  } catch {
    return path.join(realDirectory(path.dirname(path.resolve(file))), path.basename(file));
  }
}

function realDirectory(dir: string): string {
  try {
    return realpathSync(dir);
  } catch {
    return dir;
  }
}
