/** The bytes of a log: a file, standard input, gzip, xz or zstd by content. */
import { spawn } from 'node:child_process';
import { createReadStream, statSync } from 'node:fs';
import { PassThrough, type Readable, type Transform } from 'node:stream';
import { UringReplayError } from '../errors.js';
import { noSuchLog, packing } from './packing.js';

const CHUNK_BYTES = 1 << 20;

/** Opens a log for reading, decompressed. `-` is standard input. Throws UR_NO_SUCH_LOG, UR_NO_DECOMPRESSOR. */
export async function openLog(source: string): Promise<Readable> {
  const raw = source === '-' ? process.stdin : openFile(source);
  const head = await peek(raw, source);
  return decompress(raw, head, source);
}

function openFile(path: string): Readable {
  try {
    if (statSync(path).isDirectory()) throw new UringReplayError('UR_NO_SUCH_LOG', `${path} is a directory without LOG.PID files of strace -ff`, 'Name the log file in it.');
  } catch (error) {
    if (error instanceof UringReplayError) throw error;
    throw noSuchLog(path, error);
  }
  return createReadStream(path, { highWaterMark: CHUNK_BYTES });
}

/** The first bytes of the stream, put back. */
function peek(stream: Readable, source: string): Promise<Uint8Array> {
  return new Promise((resolve, reject) => {
    const settle = (head: Uint8Array): void => {
      stream.off('readable', onReadable);
      stream.off('end', onEnd);
      stream.off('error', onError);
      resolve(head);
    };
    const onReadable = (): void => {
      const chunk = stream.read() as Buffer | null;
      if (chunk === null) return;
      stream.unshift(chunk);
      settle(chunk);
    };
    const onEnd = (): void => { settle(new Uint8Array(0)); };
    const onError = (error: Error): void => { reject(noSuchLog(source, error)); };
    stream.on('readable', onReadable);
    stream.on('end', onEnd);
    stream.on('error', onError);
  });
}

async function decompress(raw: Readable, head: Uint8Array, source: string): Promise<Readable> {
  switch (packing(head)) {
    case 'gzip': return chained(raw, (await import('node:zlib')).createGunzip({ chunkSize: CHUNK_BYTES }), source);
    case 'xz': return throughCommand(raw, 'xz', 'xz-utils', source);
    case 'zstd': return throughCommand(raw, 'zstd', 'zstd', source);
    default: return raw;
  }
}

function chained(raw: Readable, filter: Transform, source: string): Readable {
  const out = new PassThrough({ highWaterMark: CHUNK_BYTES });
  raw.on('error', (error) => out.destroy(error));
  filter.on('error', (error) => out.destroy(damaged(source, error.message)));
  out.on('close', () => raw.destroy());
  raw.pipe(filter).pipe(out);
  return out;
}

function damaged(source: string, detail: string): UringReplayError {
  return new UringReplayError('UR_NOT_A_LOG', `cannot decompress ${source}: ${detail}`, 'The file is damaged or cut off; copy it again.');
}

/** Node 20 has no xz and no zstd; the commands are everywhere. */
function throughCommand(raw: Readable, command: string, packageName: string, source: string): Readable {
  const out = new PassThrough({ highWaterMark: CHUNK_BYTES });
  const child = spawn(command, ['-d', '-c'], { stdio: ['pipe', 'pipe', 'pipe'] });
  let stderr = '';
  child.stderr.setEncoding('utf8').on('data', (text: string) => (stderr += text));
  child.on('error', () => {
    out.destroy(new UringReplayError('UR_NO_DECOMPRESSOR', `${source} is compressed and the command ${command} is not installed`, `Install it (package ${packageName}) or decompress the log.`));
  });
  child.stdin.on('error', () => undefined); // the command ended early; its exit status says why
  raw.on('error', (error) => out.destroy(error));
  raw.pipe(child.stdin);
  child.stdout.pipe(out, { end: false });
  child.on('close', (code) => {
    if (code === 0) out.end();
    else out.destroy(damaged(source, stderr.trim() || `${command} failed`));
  });
  out.on('close', () => child.kill());
  return out;
}
