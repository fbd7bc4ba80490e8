/**
 * What the values of options may be, where that is a fixed set of words. They stand here a second time, because the
 * commands load what they check values against only when they run; a test compares both.
 */

export interface OptionValues {
  readonly words: readonly string[];
  /** Several, separated by commas. */
  readonly list?: true;
}

const ENGINES = ['serial', 'ring', 'threads', 'hybrid', 'mmap', 'dedup', 'nop', 'libuv/promises', 'libuv/sync', 'libuv/uring', 'libuv', 'auto', 'all'];
const RING = {
  '--order': { words: ['trace', 'deps'], list: true },
  '--window': { words: ['sliding', 'barrier'] },
  '--ring-setup': { words: ['auto', 'defer', 'coop', 'default', 'sqpoll'] },
} as const;
const MEASURES = ['calls', 'opens', 'reopens', 'stats', 'reads', 'bytesRead', 'writes', 'bytesWritten', 'seeks', 'maps', 'lists', 'errors', 'misses', 'seconds'];
const CALLS_OR_TIME = { '--by': { words: ['calls', 'time'] } } as const;

/** By the command's words, then by the option's long form. */
export const OPTION_VALUES: Readonly<Record<string, Readonly<Record<string, OptionValues | undefined>> | undefined>> = {
  run: { '--engine': { words: ENGINES, list: true }, ...RING, '--ring-affinity': { words: ['any', 'same', 'other'] }, '--cache': { words: ['warm', 'cold', 'both'] } },
  kernels: {
    '--tier': { words: ['kvm', 'icount', 'functional'] },
    '--engine': { words: ['serial', 'ring'], list: true },
    ...RING,
    '--cache': { words: ['warm', 'cold'] },
    '--fs': { words: ['ext4', 'xfs', 'btrfs', 'tmpfs'] },
  },
  warm: { '--engine': { words: ['auto', 'ring', 'threads'] }, '--cache': { words: ['cold', 'warm', 'both'] } },
  summary: { '--by': { words: ['syscall', 'pid'] }, '--sort': { words: ['time', 'calls', 'errors', 'usecs', 'name', 'none'] } },
  probes: { '--rule': { words: ['locale', 'python', 'node', 'ruby', 'perl', 'loader', 'path', 'include', 'linker', 'none'] } },
  files: { '--by': { words: MEASURES } },
  flamegraph: CALLS_OR_TIME,
  'export folded': CALLS_OR_TIME,
};
