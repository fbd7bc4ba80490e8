/** Runs analyses over a log in one pass. */
import { feed } from './feed.js';
import { Processes } from './processes.js';
import type { Process, Subject } from './subject.js';
import type { LogEvent } from '../../replay/trace/model.js';

export interface Analysis {
  add(subject: Subject): void;
  /** The process is gone; its pid may come again as another. */
  exit?(process: Process): void;
  event?(event: LogEvent): void;
}

export interface AnalyseOptions {
  /** Told now and then how many bytes have been read. */
  readonly onBytes?: (bytes: number) => void;
  /** Asked now and then; false ends the reading early. */
  readonly goOn?: () => boolean;
}

/** Errors as those of readLog. */
export async function analyse(source: string, analyses: readonly Analysis[], options: AnalyseOptions = {}): Promise<void> {
  const processes = new Processes();
  await feed(
    source,
    {
      call(call) {
        const subject = processes.call(call);
        for (const analysis of analyses) analysis.add(subject);
      },
      event(event) {
        for (const analysis of analyses) analysis.event?.(event);
        if (event.kind !== 'exit' && event.kind !== 'killed') return;
        const process = processes.of(event.pid);
        for (const analysis of analyses) analysis.exit?.(process);
        processes.event(event);
      },
    },
    options,
  );
}
