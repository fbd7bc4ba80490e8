/** Block devices: which one a directory is on, and what it has read so far. */
import { readFileSync, realpathSync, statSync } from 'node:fs';

/** `major:minor` as in /sys/dev/block. */
export type DeviceNumber = string;

export interface DeviceReads {
  readonly reads: number;
  readonly bytes: number;
}

/** The kernel counts sectors of 512 bytes, whatever the device's are (Documentation/block/stat.rst). */
const SECTOR_BYTES = 512;

/** null where the file system of `dir` is on no block device (tmpfs, overlay, network). */
export function deviceOf(dir: string, mountinfo = readFileSync('/proc/self/mountinfo', 'utf8')): DeviceNumber | null {
  const number = deviceNumber(statSync(dir).dev);
  if (!number.startsWith('0:')) return number;
  // Anonymous (btrfs, overlay, ...): btrfs and its like name their device as the mount's source.
  const target = realpathSync(dir);
  const above = mounts(mountinfo).filter(({ point }) => target === point || target.startsWith(point === '/' ? '/' : `${point}/`));
  const deepest = above.sort((a, b) => b.point.length - a.point.length).at(0);
  return deepest === undefined ? null : blockDevice(deepest.source);
}

/** Of every mounted file system that is on one. */
export function allDevices(mountinfo = readFileSync('/proc/self/mountinfo', 'utf8')): DeviceNumber[] {
  const found = new Set<DeviceNumber>();
  for (const line of mountinfo.split('\n')) {
    const number = line.split(' ').at(2) ?? '';
    if (/^[1-9]\d*:\d+$/.test(number)) found.add(number);
  }
  for (const { source } of mounts(mountinfo)) {
    const number = blockDevice(source);
    if (number !== null) found.add(number);
  }
  return [...found];
}

function mounts(mountinfo: string): { readonly point: string; readonly source: string }[] {
  return mountinfo.split('\n').flatMap((line) => {
    const fields = /^\S+ \S+ \S+ \S+ (\S+) .* - \S+ (\S+)/.exec(line);
    return fields === null ? [] : [{ point: fields[1], source: fields[2] }];
  });
}

function blockDevice(file: string): DeviceNumber | null {
  if (!file.startsWith('/dev/')) return null;
  try {
    const stat = statSync(file);
    return stat.isBlockDevice() ? deviceNumber(stat.rdev) : null;
  } catch {
    return null;
  }
}

/** dev_t as glibc packs it (bits/sysmacros.h). */
export function deviceNumber(dev: number): DeviceNumber {
  const bits = BigInt(dev);
  const major = ((bits >> 8n) & 0xfffn) | ((bits >> 32n) & ~0xfffn);
  const minor = (bits & 0xffn) | ((bits >> 12n) & ~0xffn & 0xffffffffn);
  return `${major}:${minor}`;
}

/** Completed since the device came up, all processes together. Throws where the device has gone. */
export function readsOf(devices: readonly DeviceNumber[], sys = '/sys'): DeviceReads {
  let [reads, bytes] = [0, 0];
  for (const device of devices) {
    // reads completed, reads merged, sectors read, ...
    const fields = readFileSync(`${sys}/dev/block/${device}/stat`, 'latin1').trim().split(/\s+/).map(Number);
    reads += fields[0];
    bytes += fields[2] * SECTOR_BYTES;
  }
  return { reads, bytes };
}

export function readsBetween(before: DeviceReads, after: DeviceReads): DeviceReads {
  return { reads: after.reads - before.reads, bytes: after.bytes - before.bytes };
}

/** A cold pass reads as much as the first one did; less than half of it means that something stayed in memory. */
const READS_SHARE_MIN = 0.5;

/** Why the device's figures do not show a cold pass; null: they do. */
export function doubtReads(reads: number | null, first: number | null): string | null {
  if (reads === null || first === null) return 'the device does not tell what it read';
  if (reads === 0) return 'the device read nothing during the pass';
  if (reads < READS_SHARE_MIN * first) return `the device read ${reads} times, in an earlier cold pass ${first} times`;
  return null;
}
