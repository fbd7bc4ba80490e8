/**
 * An arm in processes of the static runner (native/serve.h): one that keeps, started in 2 ms where Node takes some 80,
 * and one after another that replays, started by it in less than 1. That leaves the experiment's time for rounds. They
 * also have one thread, no garbage collector and no compiler at work beside a pass.
 */
import { spawn } from 'node:child_process';
import { existsSync } from 'node:fs';
import type { EngineOptions } from '../../replay/engine.js';
import { UringReplayError } from '../../replay/errors.js';
import { RUNNER } from '../runner-path.js';
import { PROGRAM_FD, type ArmCallName, type ArmReply, type ArmRequest, type PrepareRequest } from './arm-protocol.js';
import type { ArmChannel, ChannelOptions } from './channel.js';

/** A line of the runner's. */
type Line =
  | { readonly ok: true; readonly body: Readonly<Record<string, unknown>> }
  | { readonly ok: false; readonly code: string; readonly message: string; readonly remedy: string };

/** Throws UR_NOT_BUILT. The child ends with the thread that starts it, or with its input. */
export function openRunnerChannel({ launcher, programFd, env, onReply }: ChannelOptions): ArmChannel {
  if (!existsSync(RUNNER)) throw new UringReplayError('UR_NOT_BUILT', `the native part is not built (${RUNNER})`, 'npm run build');
  const [file, ...args] = [...launcher, RUNNER, '--serve', String(PROGRAM_FD)];
  const child = spawn(file, args, {
    stdio: ['pipe', 'pipe', 'pipe', 'ignore', programFd ?? 'ignore'],
    detached: true,
    env,
  });
  const waiting: ArmRequest[] = [];
  let pieces: string[] = [];
  child.stdin?.on('error', () => undefined);
  child.stdout?.setEncoding('utf8').on('data', (text: string) => {
    for (const [i, piece] of text.split('\n').entries()) {
      if (i > 0) {
        const request = waiting.shift();
        if (request !== undefined) onReply(replyOf(request, JSON.parse(pieces.join('')) as Line));
        pieces = [];
      }
      pieces.push(piece);
    }
  });
  return {
    child,
    send: (request) => {
      waiting.push(request);
      child.stdin?.write(`${wordsOf(request).join('\0')}\0\0`);
    },
  };
}

function wordsOf({ name, body }: ArmRequest): string[] {
  switch (name) {
    case 'enter':
      return [name, (body as { root: string }).root];
    case 'prepare':
      return [name, ...prepareWords(body as PrepareRequest)];
    case 'run':
      return [name, String((body as { passes: number }).passes)];
    default:
      return [name];
  }
}

function prepareWords({ options, programBytes, root }: PrepareRequest): string[] {
  const { links = true, direct = true, lanes = new Uint8Array() } = options;
  const valued = (['engine', 'order', 'batch', 'window', 'setup', 'workers', 'affinity', 'threads', 'variant'] as const satisfies readonly (keyof EngineOptions)[])
    .map((name) => [name, String(options[name] ?? '')])
    .concat([['lanes', lanes.join('')], ['root', root ?? '']])
    .filter(([, value]) => value !== '');
  return [
    String(programBytes),
    ...valued.flatMap(([name, value]) => [`--${name}`, value]),
    ...(links ? [] : ['--no-links']),
    ...(direct ? [] : ['--no-direct']),
  ];
}

function replyOf({ number, name }: ArmRequest, line: Line): ArmReply {
  if (line.ok) return { number, ok: true, body: bodyOf(name, line.body) };
  const { code, message, remedy } = line;
  return { number, ok: false, error: { code, message, remedy: remedy === '' ? null : remedy } };
}

/** JSON's lists of numbers as the typed arrays that the addon gives. */
function bodyOf(name: ArmCallName, body: Readonly<Record<string, unknown>>): unknown {
  const list = (key: string): number[] => body[key] as number[];
  switch (name) {
    case 'prepare':
      return body;
    case 'run':
      return {
        ...body, wallNs: Float64Array.from(list('wallNs')), cpuNs: Float64Array.from(list('cpuNs')), divergences: Uint32Array.from(list('divergences')),
      };
    case 'count':
      return { ...body, puntedOps: Uint32Array.from(list('puntedOps')) };
    case 'profile':
      return Float64Array.from(list('ns'));
    case 'timeline':
      return {
        ...body, beginNs: Float64Array.from(list('beginNs')), endNs: Float64Array.from(list('endNs')), onRing: Uint8Array.from(list('onRing')),
        thread: Uint16Array.from(list('thread')), entries: Float64Array.from(list('entries')),
      };
    case 'enter':
    case 'renew':
    case 'close':
      return null;
  }
}
