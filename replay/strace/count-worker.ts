/** A thread of countLog(). */
import { parentPort, workerData } from 'node:worker_threads';
import { countSegments } from './count-segments.js';

parentPort!.postMessage(countSegments(workerData as Parameters<typeof countSegments>[0]));
