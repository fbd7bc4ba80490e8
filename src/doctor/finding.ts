/** One line of the doctor's report. */
export interface Finding {
  readonly name: string;
  /** fail: serial and ring replay do not both work. warn: they do, with something missing. */
  readonly status: 'ok' | 'warn' | 'fail';
  readonly found: string;
  /** What to do, by exact package, setting or command; null where there is nothing to do. */
  readonly remedy: string | null;
}

export function ok(name: string, found: string): Finding {
  return { name, status: 'ok', found, remedy: null };
}

export function warn(name: string, found: string, remedy: string): Finding {
  return { name, status: 'warn', found, remedy };
}

export function fail(name: string, found: string, remedy: string): Finding {
  return { name, status: 'fail', found, remedy };
}
