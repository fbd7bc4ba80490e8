/** Random read-only programs over the tree of makeTree(), failing calls included, for comparing engines. */
import fc from 'fast-check';
import { CHECK_NONE, CWD } from '../../replay/plan/format.js';
import type { Step } from './programs.js';

const NAMES = ['file', 'link', 'nowhere', 'dir', 'dir/inner', 'dir/empty', 'missing', 'file/below', '', '.'];
const MODES = { read: 0, path: 0o10000000, directory: 0o200000, closeOnExec: 0o2000000 };

type Draw = readonly [kind: number, name: number, slot: number, amount: number];

/** Slots count upwards as opens are drawn; users pick any slot that exists, closed ones too. */
export function randomSteps(root: string): fc.Arbitrary<Step[]> {
  const draw = fc.tuple(fc.nat(13), fc.nat(NAMES.length - 1), fc.nat(1000), fc.nat(1500));
  return fc.array(draw, { minLength: 1, maxLength: 120 }).map((draws) => stepsOf(root, draws));
}

function stepsOf(root: string, draws: readonly Draw[]): Step[] {
  let slots = 0;
  return draws.map(([kind, name, pick, amount]): Step => {
    const path = `${root}/${NAMES[name]}`;
    const fd = slots === 0 ? -1 : pick % slots;
    const base = { check: CHECK_NONE };
    switch (kind) {
      case 0: return { code: 'stat', path, ...base };
      case 1: return { code: 'lstat', path, ...base };
      case 2: return { code: 'newfstatat', fd, path: NAMES[pick % NAMES.length], a: 0x1000, ...base };
      case 3: return { code: 'openat', fd: CWD, path, a: amount % 2 === 0 ? MODES.read : MODES.closeOnExec, out: slots++, ...base };
      case 4: return { code: 'open', path, a: amount % 2 === 0 ? MODES.directory : MODES.path, out: slots++, ...base };
      case 5:
      case 6: return { code: 'read', fd, len: amount, ...base };
      case 7: return { code: 'pread64', fd, len: amount, off: amount, ...base };
      case 8: return { code: 'lseek', fd, off: amount, a: 0, ...base };
      case 9: return { code: 'close', fd, ...base };
      case 10: return { code: 'fstat', fd, ...base };
      case 11: return { code: 'dup', fd, out: slots++, ...base };
      case 12: return { code: 'readlink', path, len: amount + 1, ...base };
      default: return { code: 'readv', fd, len: amount, b: 1 + (amount % 4), ...base };
    }
  });
}
