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

/** UR_CANNOT_WRITE for an error of the system; any other error is itself. */
export function cannotWrite(file: string, error: unknown, remedy = 'Name a file in a folder that exists and that you may write to.'): Error {
  const { code } = error as NodeJS.ErrnoException;
  if (error instanceof UringReplayError || code === undefined || !/^E[A-Z0-9]+$/.test(code)) return error instanceof Error ? error : new Error(String(error));
  return new UringReplayError('UR_CANNOT_WRITE', `cannot write ${file}: ${code}`, code === 'ENOSPC' ? 'Make room, or name a file elsewhere.' : remedy, { cause: error });
}
