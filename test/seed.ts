/**
 * Preloaded by `npm test`: property tests try the same cases in each run, so that a failure is of the change at hand.
 * `npm run test:random` tries others; a failing test prints its seed, and `UR_SEED=SEED npm test` repeats the run.
 */
import fc from 'fast-check';

const SEED_DEFAULT = 20;
const given = process.env['UR_SEED'] ?? String(SEED_DEFAULT);
const seed = Number(given);
if (!Number.isInteger(seed)) throw new Error(`UR_SEED=${given}: expected a whole number`);

fc.configureGlobal({ ...fc.readConfigureGlobal(), seed });
