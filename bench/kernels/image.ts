/**
 * An empty file system for the guest's block device, made on the host (no root needed: it is a file) with
 * everything fixed that mkfs would choose by itself, and packed without its holes (native/guest/image.h).
 */
import { open, truncate, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { temporaryFolder } from '../../replay/temporary.js';
import { runTool } from './tools.js';

export const FILE_SYSTEMS = ['ext4', 'xfs', 'btrfs', 'tmpfs'] as const;
export type FileSystem = (typeof FILE_SYSTEMS)[number];
export type DiskFileSystem = Exclude<FileSystem, 'tmpfs'>;

const UUID = '6c1f9f0e-5b1d-4f44-9d4e-0f6b6d2f0a01';
const MIB = 2 ** 20;
/** mkfs.xfs refuses less than 300 MiB, mkfs.btrfs about 110; a sparse device costs nothing. */
const BYTES_MIN: Readonly<Record<DiskFileSystem, number>> = { ext4: 64 * MIB, xfs: 320 * MIB, btrfs: 256 * MIB };
/**
 * Named one by one, because mke2fs.conf differs between distributions, and all are understood by 5.10.
 * Lazy initialisation would leave a kernel thread writing during the measurement.
 */
const EXT4_FEATURES =
  'none,has_journal,ext_attr,resize_inode,dir_index,filetype,extent,64bit,flex_bg,sparse_super,large_file,huge_file,dir_nlink,extra_isize,metadata_csum';

export interface ImageRequest {
  readonly fileSystem: DiskFileSystem;
  readonly entries: number;
  readonly fileBytes: number;
  /** ext4 only: one inode per block, as in a tree whose inodes lie far from each other, so that a cold stat costs a read of its own. */
  readonly scattered: boolean;
}

/** Of the device: data, as much again for metadata and journal, in whole MiB. */
export function deviceBytes(request: ImageRequest): number {
  const inodeBytes = request.scattered ? 4096 : 512;
  const wanted = request.fileBytes * 1.25 + request.entries * (inodeBytes + 4096) + 32 * MIB;
  return Math.max(BYTES_MIN[request.fileSystem], Math.ceil(wanted / MIB) * MIB);
}

function mkfsArguments(request: ImageRequest, file: string): readonly [string, ...string[]] {
  switch (request.fileSystem) {
    case 'ext4':
      return ['mke2fs', '-q', '-F', '-t', 'ext4', '-b', '4096', '-I', request.scattered ? '4096' : '256', '-N', String(request.entries + 1024),
        '-O', EXT4_FEATURES, '-U', UUID, '-E', `hash_seed=${UUID},lazy_itable_init=0,lazy_journal_init=0,nodiscard,root_owner=0:0`, '-m', '0', file];
    case 'xfs':
      return ['mkfs.xfs', '-q', '-f', '-K', '-m', `uuid=${UUID}`, file];
    case 'btrfs':
      return ['mkfs.btrfs', '-q', '-f', '-K', '-U', UUID, file];
  }
}

/** Records of the blocks that are not all zero. */
async function packImage(file: string): Promise<Buffer> {
  const parts: Buffer[] = [];
  const handle = await open(file, 'r');
  const chunk = Buffer.alloc(MIB);
  const zeros = Buffer.alloc(MIB);
  const blockBytes = 4096;
  try {
    for (let offset = 0; ; ) {
      const { bytesRead } = await handle.read(chunk, 0, MIB, offset);
      if (bytesRead === 0) break;
      if (chunk.compare(zeros, 0, bytesRead, 0, bytesRead) !== 0) {
        for (let at = 0; at < bytesRead; at += blockBytes) {
          const end = Math.min(at + blockBytes, bytesRead);
          if (chunk.compare(zeros, 0, end - at, at, end) === 0) continue;
          const head = Buffer.alloc(16);
          head.writeBigUInt64LE(BigInt(offset + at), 0);
          head.writeBigUInt64LE(BigInt(end - at), 8);
          parts.push(head, Buffer.from(chunk.subarray(at, end)));
        }
      }
      offset += bytesRead;
    }
  } finally {
    await handle.close();
  }
  return Buffer.concat(parts);
}

/** Throws UR_TOOL_MISSING naming the package, or UR_TOOL_FAILED. */
export async function makeImage(request: ImageRequest): Promise<Buffer> {
  const scratch = temporaryFolder('uring-replay-image-');
  try {
    const file = join(scratch.path, 'image');
    await writeFile(file, '');
    await truncate(file, deviceBytes(request));
    const [tool, ...args] = mkfsArguments(request, file);
    // Both spellings of a fixed time: the second is the general one, which 1.47.1 and later know.
    await runTool(tool, args, { env: { MKE2FS_CONFIG: '/dev/null', E2FSPROGS_FAKE_TIME: '1735689600', SOURCE_DATE_EPOCH: '1735689600' } });
    return await packImage(file);
  } finally {
    scratch.remove();
  }
}
