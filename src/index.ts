/** The public library: read logs, plan, replay, and judge from a program of your own. */
export { loadTrace } from '../replay/strace/load.js';
export type { Call, Field, LogEvent, RecordKind, Trace, Value } from '../replay/trace/model.js';
export { resolve } from '../replay/world/resolve.js';
export type { Plan, PlanOptions } from '../replay/world/types.js';
export { LEDGER_REASONS, type LedgerEntry, type LedgerReason } from '../replay/world/ledger.js';
export { loadNative } from '../replay/native.js';
export type * from '../replay/engine.js';
export { UringReplayError } from '../replay/errors.js';
export { DEFAULTS, run, type RunSettings } from '../bench/run.js';
export { readResult } from '../bench/read-result.js';
export { RESULT_SCHEMA, type ResultDocument } from '../bench/result.js';
export { readRecording, type RecordingDocument } from '../bench/recording.js';
export { exportC } from './export/c.js';
export { renderResult } from './report/table.js';
