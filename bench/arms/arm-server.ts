/** The arm process's side of the protocol: owns one engine, answers one request at a time. */
import { closeSync, readSync } from 'node:fs';
import { LIBUV_ENGINES, type NativeAddon, type NativeReplay } from '../../replay/engine.js';
import { UringReplayError } from '../../replay/errors.js';
import { createLibuvReplay } from '../../replay/libuv/replay.js';
import { PROGRAM_FD, packError, type ArmReply, type ArmRequest, type PrepareRequest } from './arm-protocol.js';

/** Serves the parent until it says close or is gone. `load` runs on the first request, so that its failure has a reply. */
export function serveArm(load: () => NativeAddon): void {
  const server = new ArmServer(load);
  process.on('message', (request: ArmRequest) => void server.answer(request));
  // No parent, no purpose. SIGKILL, because an orderly exit would wait for the pass that the pool thread is in;
  // there is nothing to clean up that the kernel does not (rings, descriptors).
  process.on('disconnect', () => process.kill(process.pid, 'SIGKILL'));
}

class ArmServer {
  readonly #load: () => NativeAddon;
  #replay: NativeReplay | null = null;

  constructor(load: () => NativeAddon) {
    this.#load = load;
  }

  async answer(request: ArmRequest): Promise<void> {
    let reply: ArmReply;
    try {
      reply = { number: request.number, ok: true, body: await this.#do(request) };
    } catch (error) {
      reply = { number: request.number, ok: false, error: packError(error) };
    }
    process.send?.(reply);
  }

  async #do({ name, body }: ArmRequest): Promise<unknown> {
    switch (name) {
      case 'enter':
        this.#load().enterRoot((body as { root: string }).root);
        return null;
      case 'prepare':
        return this.#prepare(body as PrepareRequest);
      case 'run':
        return this.#prepared().run((body as { passes: number }).passes);
      case 'count':
        return this.#prepared().count();
      case 'profile':
        return this.#prepared().profile();
      case 'timeline':
        return this.#prepared().timeline();
      case 'renew':
        throw new UringReplayError('UR_USAGE', 'an arm in Node is started anew from outside');
      case 'close':
        this.#replay?.close();
        this.#replay = null;
        return null;
    }
  }

  /** Everything that is read from outside is read before the root changes. */
  async #prepare({ options, programBytes, root }: PrepareRequest): Promise<Readonly<Record<string, unknown>>> {
    const native = this.#load();
    const program = readProgram(programBytes);
    const throughNode = LIBUV_ENGINES.some((name) => name === options.engine);
    const replay = throughNode ? await createLibuvReplay(program, options) : native.create(program, options);
    this.#replay = replay;
    if (root !== null) {
      native.enterRoot(root);
      process.chdir('/'); // Node remembers its current directory, and has not seen that it changed
    }
    return replay.describe();
  }

  #prepared(): NativeReplay {
    if (this.#replay === null) throw new UringReplayError('UR_NOT_PREPARED', 'the arm was asked to run before it was prepared');
    return this.#replay;
  }
}

/** From PROGRAM_FD by position: all arms share the open file and so its cursor. */
function readProgram(bytes: number): Uint8Array {
  const program = new Uint8Array(bytes);
  for (let at = 0; at < bytes; ) {
    const got = readSync(PROGRAM_FD, program, at, bytes - at, at);
    if (got === 0) throw new UringReplayError('UR_BAD_PROGRAM', `the program ends after ${at} of ${bytes} bytes`);
    at += got;
  }
  closeSync(PROGRAM_FD);
  return program;
}
