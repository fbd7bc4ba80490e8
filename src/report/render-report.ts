/** A report as one HTML page; what draws it is loaded only when it is asked for. */
import type { ResultDocument } from '../../bench/result/result.js';

/** `log`: the log that was replayed, or null. Rejects with UR_OTHER_LOG where it is another. */
export async function renderReport(result: ResultDocument, log: string | null, onBytes?: (bytes: number) => void): Promise<string> {
  const { logOf, reportHtml } = await import('./html/report.js');
  return reportHtml(result, log === null ? null : await logOf(result, log, onBytes));
}
