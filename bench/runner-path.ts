/** The static executable of native/runner.cc: times commands, and is the process of native arms. */
import { fileURLToPath } from 'node:url';

export const RUNNER = fileURLToPath(new URL('../../build/Release/uring-runner', import.meta.url));
