/** `run --from`: the same experiment again, and what has changed since. */
import { UringReplayError } from '../../replay/errors.js';
import type { Trace } from '../../replay/trace/model.js';
import { compareResults } from './compare-results.js';
import { seal } from './digest.js';
import type { ResultDocument } from './result.js';
import { DEFAULTS, type RunSettings } from '../settings.js';

/**
 * The settings of `result`, seed included. `log`: where the log is now; null: where it was. `name`: for messages.
 * Throws UR_CANNOT_REPEAT for a result that `run` of this version cannot repeat, UR_USAGE where the log has to be named.
 */
export function settingsToRepeat(result: ResultDocument, name: string, log: string | null): RunSettings {
  const { settings, conditions, trace } = result;
  if (settings === null) {
    throw new UringReplayError('UR_CANNOT_REPEAT', `${name}: was not measured by "run", but in a guest`, 'Repeat the command that it was measured with: its member "command".');
  }
  const unknown = Object.keys(settings).find((key) => !(key in DEFAULTS));
  if (unknown !== undefined) {
    throw new UringReplayError('UR_CANNOT_REPEAT', `${name}: has a setting that this version does not know: ${unknown}`, `Use version ${result.version}, which measured it.`);
  }
  const file = log ?? trace.file;
  if (file === '-' && log === null) throw new UringReplayError('UR_USAGE', `${name}: its log came from standard input`, 'Name the log: run LOG --from RESULT.');
  return { ...DEFAULTS, ...settings, file, seed: conditions.seed, repeats: result };
}

/** Throws UR_OTHER_TRACE. */
export function refuseOtherTrace(earlier: ResultDocument, trace: Pick<Trace, 'file' | 'digest'>): void {
  if (earlier.trace.digest === trace.digest) return;
  throw new UringReplayError(
    'UR_OTHER_TRACE',
    `--from: ${trace.file} is not the log that was measured (its sha256 is ${trace.digest.slice(0, 12)}, it was ${earlier.trace.digest.slice(0, 12)})`,
    'Name the log that the result is of, or measure this one without --from.',
  );
}

/** Throws UR_OTHER_PROGRAM: another version may replay other calls. */
export function refuseOtherProgram(earlier: ResultDocument, programDigest: string): void {
  if (earlier.trace.programDigest === programDigest) return;
  throw new UringReplayError(
    'UR_OTHER_PROGRAM',
    `--from: this version replays the log otherwise than version ${earlier.version} did, so it would not be the same experiment`,
    `Use version ${earlier.version}, or measure anew without --from.`,
  );
}

/** Seals `document`, with its changes against `earlier` where there is one. */
export function withRepeat(earlier: ResultDocument | null, document: Omit<ResultDocument, 'digest'>): ResultDocument {
  if (earlier === null) return seal(document);
  const { differences, arms } = compareResults([{ name: 'before', result: earlier }, { name: 'now', result: { ...document, digest: '' } }]);
  return seal({
    ...document,
    repeats: {
      digest: earlier.digest,
      date: earlier.date,
      differences: differences.map(({ setting, values: [before, after] }) => ({ setting, before, after })),
      arms: arms.flatMap(({ id, cells: [before, after] }) =>
        after?.toFirst == null ? [] : [{ id, ratio: after.toFirst, before: before?.verdict ?? null, after: after.verdict }],
      ),
    },
  });
}
