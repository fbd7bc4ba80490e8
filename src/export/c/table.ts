/** The table in ops.h: one line of C per op of a program. */
import { UringReplayError } from '../../../replay/errors.js';
import {
  CHECK_ATTRIBUTE, CHECK_SIZE, CHECK_SUCCESS, CHECK_TYPE, CHECK_VALUE, CWD, HEADER_WRITES, type CodeName, type OpSpec,
} from '../../../replay/plan/format.js';
import { ProgramView } from '../../../replay/plan/view.js';
import { cName } from './constants.js';
import { cComment, cString } from './literal.js';

/** How a code's `a`, `b` and `len` are written; what is not named here is written as a number, if it is not 0. */
interface Notation {
  readonly a?: (value: number) => string;
  readonly b?: (value: number) => string;
  readonly len?: (value: number) => string;
}

const OPEN: Notation = { a: cName.openFlags, b: cName.mode };
const PLAIN: Notation = {};
const NOTATIONS: Readonly<Partial<Record<CodeName, Notation>>> = {
  stat: PLAIN, lstat: PLAIN, fstat: PLAIN,
  newfstatat: { a: cName.atFlags },
  statx: { a: cName.atFlags, b: cName.statxMask },
  access: { b: cName.accessMask }, faccessat: { b: cName.accessMask },
  faccessat2: { a: cName.faccessatFlags, b: cName.accessMask },
  open: OPEN, openat: OPEN, openat2: { ...OPEN, len: cName.resolveFlags },
  read: PLAIN, pread64: PLAIN, readv: PLAIN, preadv: PLAIN, preadv2: { a: cName.rwfFlags },
  lseek: { a: cName.whence },
  close: PLAIN, readlink: PLAIN, readlinkat: PLAIN, getdents64: PLAIN, dup: PLAIN, dup2: PLAIN,
  dup3: { a: cName.openFlags },
  fcntl: { a: cName.fcntlCommand },
  fadvise64: { a: cName.advice },
  statfs: PLAIN, fstatfs: PLAIN, getcwd: PLAIN, chdir: PLAIN, fchdir: PLAIN,
  getxattr: PLAIN, lgetxattr: PLAIN, fgetxattr: PLAIN, listxattr: PLAIN, llistxattr: PLAIN, flistxattr: PLAIN,
};

/** Slots count from 1 in C, so that 0, what a line leaves out, is no slot. */
function slot(value: number): string {
  return value === CWD ? 'CWD' : String(value + 1);
}

function checks(op: OpSpec): string[] {
  const names = [
    op.check & CHECK_VALUE ? 'VALUE' : '',
    op.check & CHECK_SUCCESS ? 'SUCCESS' : '',
    op.check & CHECK_SIZE ? 'SIZE' : '',
    op.check & CHECK_TYPE ? 'TYPE' : '',
    op.check & CHECK_ATTRIBUTE ? 'ATTRIBUTE' : '',
  ].filter((name) => name !== '');
  const fields = names.length > 0 ? [`.check = ${names.join('|')}`] : [];
  if (op.check & (CHECK_VALUE | CHECK_ATTRIBUTE) || (op.code === 'getdents64' && op.expect !== undefined)) fields.push(`.expect = ${cName.result(op.expect ?? 0)}`);
  if (op.check & CHECK_SIZE) fields.push(`.size = ${op.expectSize ?? 0}`);
  if (op.check & CHECK_TYPE) fields.push(`.type = ${cName.fileType(op.expectMode ?? 0)}`);
  return fields;
}

/** `{OP_OPENAT, .fd = CWD, .path = "/etc/ld.so.cache", ...}` */
function opLine(op: OpSpec): string {
  if (op.code === 'set_cwd_slot') return `{OP_FCHDIR, .fd = ${slot(op.fd ?? CWD)}}`;
  const notation = NOTATIONS[op.code];
  if (notation === undefined) {
    throw new UringReplayError('UR_EXPORT', `line ${op.line}: the C programs cannot issue ${op.code}`);
  }
  const number = (name: string, value: number | bigint | undefined, write = String as (n: number) => string): string[] =>
    value === undefined ? [] : [`.${name} = ${typeof value === 'bigint' ? String(value) : write(value)}`];
  const isOpen = notation.a === cName.openFlags && op.code !== 'dup3';
  const fields = [
    ...(op.fd === undefined ? [] : [`.fd = ${slot(op.fd)}`]),
    ...(op.fd2 === undefined ? [] : [`.fd2 = ${slot(op.fd2)}`]),
    ...(op.path === undefined ? [] : [`.path = ${cString(op.path)}`]),
    ...(op.path2 === undefined ? [] : [`.name = ${cString(op.path2)}`]),
    ...number('flags', op.a ?? (isOpen || op.code === 'lseek' || op.code === 'fcntl' ? 0 : undefined), notation.a),
    ...number('mode', op.b ?? (notation.b === cName.accessMask ? 0 : undefined), notation.b),
    ...number('len', op.len, notation.len),
    ...number('off', op.off),
    ...(op.out === undefined ? [] : [`.out = ${slot(op.out)}`]),
    ...checks(op),
    ...(op.deps === undefined || op.deps.length === 0 ? [] : [`DEPS(${op.deps.join(', ')})`]),
    `.line = ${op.line}`,
  ];
  return `{OP_${op.code.toUpperCase()}, ${fields.join(', ')}}`;
}

/** The text of ops.h in pieces of bounded size. */
export function* tableText(program: Uint8Array, source: string): IterableIterator<string> {
  const view = new ProgramView(program);
  if ((view.flags & HEADER_WRITES) !== 0) {
    throw new UringReplayError(
      'UR_EXPORT',
      'this replay creates or changes files; the C programs do not put the tree back between passes',
      'Export a replay that only reads.',
    );
  }
  if (view.opCount === 0) {
    throw new UringReplayError('UR_EXPORT', `${source}: no call of this log can be replayed, so there is nothing to export`);
  }
  yield `/* Generated from ${cComment(source)}. Each line is one call of the traced program: what to issue, what it must
 * return, and (DEPS) the lines, counted from 0, that it must wait for. */
#define OPS ${view.opCount}
#define SETUP ${view.setupCount}
#define SLOTS ${view.slotCount}
#define RESERVED_FDS ${view.reservedFds}
#define IO_BYTES_MAX ${view.ioBytesMax}

/* Issued untimed before every pass. */
static const struct op setup[SETUP + 1] = {
`;
  for (let i = 0; i < view.setupCount; i++) yield `  ${opLine(view.setup(i))},\n`;
  yield '  {0},\n};\n\nstatic const struct op ops[OPS] = {\n';
  for (const op of view.ops()) yield `  ${opLine(op)},\n`;
  yield '};\n';
}
