/** `run --from RESULT`: settings from a result file instead of flags. */
import type { Command } from 'commander';
import { readResult } from '../../bench/result/read-result.js';
import { settingsToRepeat } from '../../bench/result/repeat.js';
import type { RunSettings } from '../../bench/settings.js';
import { UringReplayError } from '../../replay/errors.js';
import type { RunFlags } from './run-flags.js';

/** Options that do not touch what is measured. */
const FREE = new Set(['from', 'json', 'sandbox', 'keep', 'timeline']);

/** Throws UR_USAGE for an option that would change the experiment, and what reading or repeating a result throws. */
export async function repeated(file: string, log: string | null, flags: RunFlags, command: Command): Promise<RunSettings> {
  const contradicting = command.options.find((option) => {
    const name = option.attributeName();
    return !FREE.has(name) && command.getOptionValueSource(name) === 'cli';
  });
  if (contradicting !== undefined) {
    throw new UringReplayError(
      'UR_USAGE',
      `--from repeats an experiment with its own settings, which ${contradicting.long ?? contradicting.flags} would change`,
      `Leave out --from or ${contradicting.long ?? contradicting.flags}.`,
    );
  }
  const settings = settingsToRepeat(await readResult(file), file, log);
  return { ...settings, ...(flags.sandbox !== undefined && { sandboxDir: flags.sandbox }), ...(flags.keep === true && { keep: true }), ...(flags.timeline === true && { timeline: true }) };
}
