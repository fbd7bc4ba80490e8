/** Entry of an arm process; started by arm-process.ts, never by hand. */
import { loadNative } from '../../replay/native.js';
import { serveArm } from './arm-server.js';

serveArm(loadNative);
