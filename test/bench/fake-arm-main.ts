/** An arm process with the fake addon. */
import { serveArm } from '../../bench/arm-server.js';
import { fakeAddon } from './fake-addon.js';

serveArm(() => fakeAddon);
