/** An arm process with the fake addon. */
import { serveArm } from '../../bench/arms/arm-server.js';
import { fakeAddon } from './fake-addon.js';

serveArm(() => fakeAddon);
