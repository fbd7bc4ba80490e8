/**
 * Whether libuv really sends file calls to an io_uring: what UV_USE_IO_URING=1 means differs between its versions (SQPOLL
 * rings for some calls since 1.45, only where the embedder asks for them since 1.49) and hosts. The kernel tells for
 * each ring how many requests were queued in it: SqTail in /proc/self/fdinfo.
 */
import fs from 'node:fs';
import fsPromises from 'node:fs/promises';
import type { FsFunction } from './calls.js';

const INFO_BYTES_MAX = 1 << 16;
const U32 = 2 ** 32;

/** The rings with a thread of the kernel's that takes requests from them: libuv's for file calls. Its other one is for epoll. */
export class RingUse {
  readonly #infos: readonly number[];
  readonly #text = Buffer.alloc(INFO_BYTES_MAX);

  /** `infos`: descriptors of files in /proc/self/fdinfo, which stay readable inside a sandbox. */
  private constructor(infos: readonly number[]) {
    this.#infos = infos;
  }

  /** To be called where /proc is still there. Makes one call first, as libuv may set its ring up with the first. */
  static async open(): Promise<RingUse> {
    await fsPromises.stat(process.execPath);
    const rings = fs.readdirSync('/proc/self/fd').filter(isRing);
    return new RingUse(rings.map((fd) => fs.openSync(`/proc/self/fdinfo/${fd}`, 'r')));
  }

  /** Requests queued so far; null: there is no such ring, or the kernel does not tell (before Linux 6.1). */
  requests(): number | null {
    const tails = this.#infos.map((info) => this.#tail(info)).filter((tail) => tail !== null);
    return tails.length === 0 ? null : tails.reduce((sum, tail) => sum + tail, 0);
  }

  /** Which of libuv's functions send a request there; each is tried once, on files outside of the sandbox. */
  async functions(): Promise<FsFunction[]> {
    const taken = new Set<FsFunction>();
    for (const [name, call] of await trials()) {
      const before = this.requests();
      await call();
      const after = this.requests();
      if (before !== null && after !== null && (after - before + U32) % U32 > 0) taken.add(name);
    }
    return [...taken];
  }

  #tail(info: number): number | null {
    const text = this.#text.toString('latin1', 0, fs.readSync(info, this.#text, 0, INFO_BYTES_MAX, 0));
    const [tail, thread] = [/^SqTail:\s*(\d+)/m.exec(text), /^SqThread:\s*(\d+)/m.exec(text)];
    return tail === null || thread === null ? null : Number(tail[1]);
  }
}

function isRing(fd: string): boolean {
  try {
    return fs.readlinkSync(`/proc/self/fd/${fd}`) === 'anon_inode:[io_uring]';
  } catch {
    return false; // the descriptor of the listing itself
  }
}

/** In this order: what closes what was opened comes last. */
async function trials(): Promise<[FsFunction, () => Promise<unknown>][]> {
  const file = process.execPath;
  const first = await fsPromises.open(file);
  let second = first;
  const buffer = Buffer.alloc(16);
  return [
    ['stat', () => fsPromises.stat(file)],
    ['lstat', () => fsPromises.lstat(file)],
    ['access', () => fsPromises.access(file)],
    ['readlink', () => fsPromises.readlink('/proc/self/cwd')],
    ['statfs', () => fsPromises.statfs(file)],
    ['open', async () => { second = await fsPromises.open(file); }],
    ['fstat', () => first.stat()],
    ['read', () => first.read(buffer, 0, buffer.length, 0)],
    ['readv', () => first.readv([buffer], 0)],
    ['close', () => first.close()],
    ['close', () => second.close()],
  ];
}
