/** Reads what a guest sent over its serial line; native/guest/frame.h describes the frames. */

export interface Frame {
  readonly name: string;
  /** 0, an exit status, or 128 + signal. */
  readonly status: number;
  readonly payload: Buffer;
}

export type FramesResult = { readonly ok: true; readonly frames: readonly Frame[] } | { readonly ok: false; readonly reason: string };

const TABLE = Uint32Array.from({ length: 256 }, (_, n) => {
  let c = n;
  for (let bit = 0; bit < 8; bit++) c = c & 1 ? (c >>> 1) ^ 0xedb88320 : c >>> 1;
  return c;
});

/** CRC-32 of IEEE 802.3. (zlib.crc32 is not in every Node 20.) */
export function crc32(bytes: Uint8Array): number {
  let crc = 0xffffffff;
  for (const byte of bytes) crc = TABLE[(crc ^ byte) & 0xff] ^ (crc >>> 8);
  return (crc ^ 0xffffffff) >>> 0;
}

const HEAD = /^UR1 (\S+) (\d+) (\d+) ([0-9a-f]{8})$/;
const END = /^UR1 end (\d+)$/;

/** All frames, or why the output is not trusted: cut short, damaged, or not from a guest of ours. */
export function parseFrames(bytes: Buffer): FramesResult {
  const frames: Frame[] = [];
  let at = 0;
  while (at < bytes.length) {
    const newline = bytes.indexOf(0x0a, at);
    if (newline < 0) return { ok: false, reason: `ends inside a frame's head (byte ${at})` };
    const line = bytes.toString('latin1', at, newline);
    const end = END.exec(line);
    if (end !== null) {
      const announced = Number(end[1]);
      if (announced !== frames.length) return { ok: false, reason: `${announced} frames were sent, ${frames.length} arrived` };
      if (newline + 1 !== bytes.length) return { ok: false, reason: `${bytes.length - newline - 1} bytes after the sentinel` };
      return { ok: true, frames };
    }
    const head = HEAD.exec(line);
    if (head === null) return { ok: false, reason: `not a frame at byte ${at}: ${JSON.stringify(line.slice(0, 60))}` };
    const [name, length] = [head[1], Number(head[3])];
    const payload = bytes.subarray(newline + 1, newline + 1 + length);
    if (payload.length < length || bytes[newline + 1 + length] !== 0x0a) return { ok: false, reason: `frame ${name} is cut short` };
    if (crc32(payload) !== parseInt(head[4], 16)) return { ok: false, reason: `frame ${name} is damaged (checksum)` };
    frames.push({ name, status: Number(head[2]), payload });
    at = newline + 1 + length + 1;
  }
  return { ok: false, reason: bytes.length === 0 ? 'nothing was sent' : 'the sentinel is missing' };
}
