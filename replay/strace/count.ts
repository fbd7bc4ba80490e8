/** Counts the calls of a log, on all processors where the log is large. */
import { availableParallelism } from 'node:os';
import { Worker } from 'node:worker_threads';
import { CountMerger, countSegments } from './count-segments.js';
import { Counter } from './counts.js';
import { readLog, isSingleFile, refuseWhatIsNoLog } from './read.js';
import { segmentsOf } from './segments.js';
import type { CountBy, CountPart } from './count-segments.js';
import type { Counts } from './counts.js';

/** Large enough that starting a thread pays, small enough that all threads end at about the same time. */
const SEGMENT_BYTES = 32 << 20;
const THREADS_MAX = 4;
/** A smaller log is read in less time than a thread takes to start and to have its code compiled. */
const PARALLEL_BYTES_MIN = 192 << 20;

export interface CountOptions {
  readonly by?: CountBy;
  /** Threads at most; 1 reads the log in one go. Default: as many as there are processors, up to four. */
  readonly threads?: number;
  readonly segmentBytes?: number;
  /** Told now and then how many bytes have been read. */
  readonly onBytes?: (bytes: number) => void;
}

/** Errors as those of readLog. */
export async function countLog(source: string, options: CountOptions = {}): Promise<Counts> {
  const { by = 'syscall', threads = Math.min(THREADS_MAX, availableParallelism()), segmentBytes = SEGMENT_BYTES } = options;
  if (threads > 1 && isSingleFile(source)) {
    const segments = segmentsOf(source, segmentBytes);
    const large = segments.length > 1 && segments[segments.length - 1].end >= (options.segmentBytes === undefined ? PARALLEL_BYTES_MIN : 0);
    if (large) return countInParallel(source, by, Math.min(threads, segments.length), segments, options.onBytes);
  }
  const counter = new Counter(by);
  await readLog(source, counter, options.onBytes === undefined ? {} : { onBytes: options.onBytes });
  return counter.result();
}

async function countInParallel(path: string, by: CountBy, threads: number, segments: ReturnType<typeof segmentsOf>, onBytes?: (bytes: number) => void): Promise<Counts> {
  const next = new Int32Array(new SharedArrayBuffer(4));
  const job = { path, by, segments, next };
  const workers = Array.from({ length: threads - 1 }, () => inWorker(job));
  // A worker that fails while this thread is busy must not count as unhandled.
  const others = Promise.allSettled(workers);
  const parts = [countSegments(job, onBytes)];
  for (const outcome of await others) {
    if (outcome.status === 'rejected') throw outcome.reason;
    parts.push(outcome.value);
  }
  const merger = new CountMerger(by, parts);
  refuseWhatIsNoLog(merger, path, false);
  return merger.result();
}

function inWorker(job: Parameters<typeof countSegments>[0]): Promise<CountPart> {
  return new Promise((resolve, reject) => {
    const worker = new Worker(new URL('./count-worker.js', import.meta.url), { workerData: job });
    worker.on('message', (part: CountPart) => { resolve(part); });
    worker.on('error', reject);
    worker.on('exit', (code) => { reject(new Error(`a counting thread ended with ${code}`)); });
  });
}
