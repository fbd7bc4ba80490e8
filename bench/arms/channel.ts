/** How an arm's process is started and spoken to: through Node (node-channel.ts) or the runner (runner-channel.ts). */
import type { ChildProcess } from 'node:child_process';
import type { ArmReply, ArmRequest } from './arm-protocol.js';

export interface ArmChannel {
  readonly child: ChildProcess;
  /** A request that cannot be sent is no error here: the process has gone, which its end tells. */
  send(request: ArmRequest): void;
}

export interface ChannelOptions {
  /** A command that starts the rest of its arguments. */
  readonly launcher: readonly string[];
  /** For the child's PROGRAM_FD. */
  readonly programFd: number | null;
  /** The child's environment. */
  readonly env: NodeJS.ProcessEnv;
  readonly onReply: (reply: ArmReply) => void;
}
