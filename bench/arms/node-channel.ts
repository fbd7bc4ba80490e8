/** An arm in a Node process (arm-main.ts), over Node's IPC channel: what replays through Node's own `fs` has to be one. */
import { spawn } from 'node:child_process';
import { fileURLToPath } from 'node:url';
import type { ArmReply } from './arm-protocol.js';
import type { ArmChannel, ChannelOptions } from './channel.js';

export const NODE_ARM = new URL('./arm-main.js', import.meta.url);

/** `main`: a module that calls serveArm(). The child kills itself when the channel closes (arm-server.ts). */
export function openNodeChannel(main: URL, { launcher, programFd, env, onReply }: ChannelOptions): ArmChannel {
  const [file, ...args] = [...launcher, process.execPath, fileURLToPath(main)];
  const child = spawn(file, args, {
    stdio: ['ignore', 'ignore', 'pipe', 'ipc', programFd ?? 'ignore'],
    serialization: 'advanced',
    // A session of its own: Ctrl-C in the terminal reaches only the parent, which decides what to do.
    detached: true,
    env,
  });
  child.on('message', (reply: ArmReply) => { onReply(reply); });
  return { child, send: (request) => { child.send(request, () => undefined); } };
}
