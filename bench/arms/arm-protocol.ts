/**
 * What parent and arm process say to each other, over Node's IPC channel with structured clones ('advanced'
 * serialization: typed arrays arrive as such). One reply per request, matched by number. The program itself
 * is too large for a message: it comes through a descriptor, see PROGRAM_FD.
 */
import type { CountReport, EngineOptions, RunReport, TimelineReport } from '../../replay/engine.js';
import { UringReplayError } from '../../replay/errors.js';

/** In the arm process, the descriptor of an (unlinked) file that holds the program. stderr is 2, IPC is 3. */
export const PROGRAM_FD = 4;

/** Each request with its reply. */
export interface ArmCalls {
  /** Enters `root` where there is one, for good; then makes the engine ready. Replies what it uses. */
  prepare: { readonly request: PrepareRequest; readonly reply: Readonly<Record<string, unknown>> };
  /** Only tries to enter `root`, to learn whether this host allows it. */
  enter: { readonly request: { readonly root: string }; readonly reply: null };
  run: { readonly request: { readonly passes: number }; readonly reply: RunReport };
  count: { readonly request: null; readonly reply: CountReport };
  profile: { readonly request: null; readonly reply: Float64Array };
  timeline: { readonly request: null; readonly reply: TimelineReport };
  /** Only the runner's: what replays ends, and the next request is answered by a fresh process. */
  renew: { readonly request: null; readonly reply: null };
  close: { readonly request: null; readonly reply: null };
}
export type ArmCallName = keyof ArmCalls;

export interface PrepareRequest {
  readonly options: EngineOptions;
  readonly programBytes: number;
  /** The directory to become `/`; null to stay outside (confined and live). */
  readonly root: string | null;
}

export interface ArmRequest<Name extends ArmCallName = ArmCallName> {
  readonly number: number;
  readonly name: Name;
  readonly body: ArmCalls[Name]['request'];
}

export type ArmReply =
  | { readonly number: number; readonly ok: true; readonly body: unknown }
  | { readonly number: number; readonly ok: false; readonly error: SentError };

/** An error on its way between processes: class, code and remedy survive, the stack stays behind. */
export interface SentError {
  readonly code: string | null;
  readonly message: string;
  readonly remedy: string | null;
}

export function packError(error: unknown): SentError {
  if (error instanceof UringReplayError) {
    return { code: error.code, message: error.message, remedy: error.remedy };
  }
  return { code: null, message: error instanceof Error ? error.message : String(error), remedy: null };
}

export function unpackError(sent: SentError): Error {
  return sent.code === null ? new Error(sent.message) : new UringReplayError(sent.code, sent.message, sent.remedy);
}
