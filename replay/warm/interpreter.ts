/**
 * Who interprets a program: the dynamic linker of an ELF file, or what the first line of a script names. No log says
 * so, since it is execve itself that looks it up and reads it; the program on this host does.
 */
import { closeSync, constants, openSync, readSync, statSync } from 'node:fs';

/** BINPRM_BUF_SIZE of the kernel, without the NUL. */
const SCRIPT_LINE_BYTES = 255;
const SEGMENTS_MAX = 64;
const PATH_BYTES_MAX = 4095;
/** Elf64_Ehdr and Elf64_Phdr of elf(5), little-endian. */
const HEADER = { bytes: 64, magic: 0x464c457f, class: 4, data: 5, segmentsAt: 32, segmentBytes: 54, segments: 56 } as const;
const SEGMENT = { bytes: 56, type: 0, offset: 8, fileBytes: 32 } as const;
const [CLASS_64, DATA_LSB, PT_INTERP] = [2, 1, 3];

/** `file`, and the result: latin1, one char per byte. null: nobody, no 64-bit little-endian program, or none that can be read. */
export function interpreterOf(file: string): string | null {
  const name = Buffer.from(file, 'latin1');
  let fd: number | null = null;
  try {
    // Opening a device or a FIFO may have effects.
    if (!statSync(name).isFile()) return null;
    fd = openSync(name, constants.O_RDONLY | constants.O_NONBLOCK | constants.O_NOCTTY);
    const head = bytesAt(fd, 0, 4096);
    const found = head.toString('latin1', 0, 2) === '#!' ? ofScript(head) : ofElf(fd, head);
    return found?.startsWith('/') === true ? found : null;
  } catch {
    return null;
  } finally {
    if (fd !== null) closeSync(fd);
  }
}

function ofScript(head: Buffer): string | null {
  return /^#![ \t]*([^ \t\n\0]+)/.exec(head.toString('latin1', 0, SCRIPT_LINE_BYTES))?.[1] ?? null;
}

function ofElf(fd: number, head: Buffer): string | null {
  if (head.length < HEADER.bytes || head.readUInt32LE(0) !== HEADER.magic || head[HEADER.class] !== CLASS_64 || head[HEADER.data] !== DATA_LSB) return null;
  const count = head.readUInt16LE(HEADER.segments);
  if (count > SEGMENTS_MAX || head.readUInt16LE(HEADER.segmentBytes) !== SEGMENT.bytes) return null;
  const table = bytesAt(fd, Number(head.readBigUInt64LE(HEADER.segmentsAt)), count * SEGMENT.bytes);
  for (let at = 0; at + SEGMENT.bytes <= table.length; at += SEGMENT.bytes) {
    if (table.readUInt32LE(at + SEGMENT.type) !== PT_INTERP) continue;
    const bytes = Number(table.readBigUInt64LE(at + SEGMENT.fileBytes));
    if (bytes < 2 || bytes > PATH_BYTES_MAX + 1) return null;
    return bytesAt(fd, Number(table.readBigUInt64LE(at + SEGMENT.offset)), bytes).toString('latin1').replace(/\0.*$/s, '');
  }
  return null;
}

function bytesAt(fd: number, offset: number, bytes: number): Buffer {
  const buffer = Buffer.alloc(bytes);
  return buffer.subarray(0, readSync(fd, buffer, 0, bytes, offset));
}
