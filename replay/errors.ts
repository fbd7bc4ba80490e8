/**
 * The one error that users see: what is wrong, where, and what to do. The command line prints
 * `message`, then `remedy`; exit status 2.
 */
export class UringReplayError extends Error {
  override readonly name = 'UringReplayError';
  /** Stable, upper case: UR_BAD_PROGRAM, UR_NO_URING, UR_NO_SUCH_LOG, ... */
  readonly code: string;
  readonly remedy: string | null;

  constructor(code: string, message: string, remedy: string | null = null, options?: ErrorOptions) {
    super(message, options);
    this.code = code;
    this.remedy = remedy;
  }
}
