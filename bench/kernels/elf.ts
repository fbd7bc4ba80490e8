/**
 * Static executables for guests, cut down to what is loaded: debug sections and the build id depend on the
 * folder that they were built in, and a larger archive moves everything else in the guest's memory, so that
 * the same program would count differently.
 */

const HEADER = { programOffset: 32, sectionOffset: 40, programSize: 54, programCount: 56, sectionCount: 60, sectionNames: 62 } as const;
const PROGRAM = { type: 0, offset: 8, fileBytes: 32 } as const;
const PT_LOAD = 1;
const PT_INTERP = 3;
/** Note "GNU" of type 3, 20 bytes: NT_GNU_BUILD_ID. */
const BUILD_ID = Buffer.from([4, 0, 0, 0, 20, 0, 0, 0, 3, 0, 0, 0, 0x47, 0x4e, 0x55, 0]);
const BUILD_ID_BYTES = 20;

interface Segment {
  readonly type: number;
  readonly end: number;
}

function segments(elf: Buffer): Segment[] {
  const [start, size, count] = [Number(elf.readBigUInt64LE(HEADER.programOffset)), elf.readUInt16LE(HEADER.programSize), elf.readUInt16LE(HEADER.programCount)];
  return Array.from({ length: count }, (_, i) => {
    const at = start + i * size;
    const end = Number(elf.readBigUInt64LE(at + PROGRAM.offset) + elf.readBigUInt64LE(at + PROGRAM.fileBytes));
    return { type: elf.readUInt32LE(at + PROGRAM.type), end };
  });
}

/** A 64-bit little-endian ELF file that needs a dynamic linker. */
export function isDynamic(elf: Buffer): boolean {
  return segments(elf).some(({ type }) => type === PT_INTERP);
}

/** The file up to the end of its last loaded segment, with no section table and no build id. */
export function loadedPart(elf: Buffer): Buffer {
  const end = Math.max(...segments(elf).filter(({ type }) => type === PT_LOAD).map((segment) => segment.end));
  const cut = Buffer.from(elf.subarray(0, end));
  cut.writeBigUInt64LE(0n, HEADER.sectionOffset);
  cut.writeUInt16LE(0, HEADER.sectionCount);
  cut.writeUInt16LE(0, HEADER.sectionNames);
  const note = cut.indexOf(BUILD_ID);
  if (note >= 0) cut.fill(0, note + BUILD_ID.length, note + BUILD_ID.length + BUILD_ID_BYTES);
  return cut;
}
