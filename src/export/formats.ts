/** The formats of `export`: one line each here, one file each beside this one. */
export interface ExportProgress {
  readonly onBytes: (bytes: number) => void;
  /** What it does besides reading. */
  readonly say: (message: string) => void;
}

export interface ExportFormat {
  readonly name: string;
  readonly description: string;
  readonly example: string;
  /** Writes into `output`, which the format creates. Returns what was written, relative to it. */
  readonly write: (log: string, output: string, progress: ExportProgress) => Promise<string[]>;
}

export const FORMATS: readonly ExportFormat[] = [
  {
    name: 'c',
    description: 'the same replay as two small standalone C programs (serial, liburing) with a Makefile and the file tree',
    example: 'uring-replay export c my.strace -o my-replay && make -C my-replay run',
    write: async (log, output, { onBytes, say }) => {
      const { loadTrace } = await import('../../replay/strace/load.js');
      const { resolve } = await import('../../replay/world/resolve.js');
      const { exportC } = await import('./c.js');
      const trace = await loadTrace(log, { onBytes });
      say('planning the replay');
      const plan = resolve(trace, { mode: 'sandbox' });
      say(`writing ${plan.ops} calls and their file tree`);
      return await exportC(plan, trace, output);
    },
  },
];
