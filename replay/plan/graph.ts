/** The dependency graph of a program in figures, and as text for Graphviz. */
import { CODE, CODES, NO_SLOT, OP, OP_CURSOR, type CodeName } from './format.js';
import { OPCODES } from './opcodes.js';
import type { ProgramView } from './view.js';

/** Why one call waits for another. */
export const EDGE_KINDS = {
  descriptor: 'uses the descriptor that the other made, or whose flags it set',
  cursor: 'moves the cursor that the other moved before',
  close: 'takes away a descriptor that the other used',
  directory: 'the current directory changes between them',
  path: 'one makes, removes or moves a name that the other uses',
  content: 'one changes the size, content or mode that the other looks at',
} as const;
export type EdgeKind = keyof typeof EDGE_KINDS;

export interface GraphFigures {
  /** Calls in the program. */
  readonly calls: number;
  readonly edges: Readonly<Record<EdgeKind, number>>;
  /** Calls on the longest chain of dependencies: no order can be done in fewer steps. */
  readonly criticalPath: number;
  /** Most calls whose longest chain has the same length: how many could be under way at once in the order `deps`. */
  readonly widestLevel: number;
  /** Most calls in a row, in the log's order, of which none depends on another: the largest batch without waiting inside. */
  readonly largestBatch: number;
  /** Calls that do not wait for the call right before them: issued together, they are issued before its result is known. */
  readonly speculative: number;
  /** Calls that io_uring has no opcode for, by name. */
  readonly withoutOpcode: Readonly<Partial<Record<CodeName, number>>>;
}

export function graphFigures(view: ProgramView): GraphFigures {
  const edges: Record<EdgeKind, number> = { descriptor: 0, cursor: 0, close: 0, directory: 0, path: 0, content: 0 };
  const withoutOpcode: Partial<Record<CodeName, number>> = {};
  /** Length of the longest chain that ends in each op, and how many ops have each length. */
  const depth = new Uint32Array(view.opCount);
  const widths = new Uint32Array(view.opCount + 1);
  let criticalPath = 0;
  let largestBatch = 0;
  let batchStart = 0;
  let speculative = 0;
  for (let op = 0; op < view.opCount; op++) {
    let longest = 0;
    let last = -1;
    for (const dep of view.deps(op)) {
      edges[edgeKind(view, dep, op)]++;
      longest = Math.max(longest, depth[dep]);
      last = Math.max(last, dep);
    }
    depth[op] = longest + 1;
    widths[longest + 1]++;
    criticalPath = Math.max(criticalPath, longest + 1);
    batchStart = Math.max(batchStart, last + 1);
    largestBatch = Math.max(largestBatch, op - batchStart + 1);
    if (op > 0 && last !== op - 1) speculative++;
    const code = CODES[view.code(op)];
    if (!(code in OPCODES)) withoutOpcode[code] = (withoutOpcode[code] ?? 0) + 1;
  }
  return {
    calls: view.opCount, edges, criticalPath, largestBatch, speculative, withoutOpcode,
    widestLevel: widths.reduce((widest, width) => Math.max(widest, width), 0),
  };
}

/** Why `op` waits for `dep`, worked out from what the two do. */
function edgeKind(view: ProgramView, dep: number, op: number): EdgeKind {
  const code = view.code(op);
  const fd = view.int32(op, OP.fd);
  const fd2 = view.int32(op, OP.fd2);
  const made = view.int32(dep, OP.out);
  const replaces = (code === CODE.dup2 || code === CODE.dup3) && fd2 >= 0;
  if (code === CODE.close || (replaces && made !== fd && uses(view, dep, fd2))) return 'close';
  if (made !== NO_SLOT && (made === fd || made === fd2)) return 'descriptor';
  const depCode = view.code(dep);
  if (view.int16(op, OP.flags) & view.int16(dep, OP.flags) & OP_CURSOR) return 'cursor';
  if (depCode === CODE.chdir || depCode === CODE.fchdir || code === CODE.chdir || code === CODE.fchdir) return 'directory';
  if (depCode === CODE.fcntl && code === CODE.fcntl) return 'descriptor';
  if (changesNames(view, dep) || changesNames(view, op)) return 'path';
  return 'content';
}

function uses(view: ProgramView, op: number, slot: number): boolean {
  return view.int32(op, OP.fd) === slot || view.int32(op, OP.fd2) === slot || view.int32(op, OP.out) === slot;
}

const NAME_CHANGERS: ReadonlySet<CodeName> = new Set<CodeName>([
  'mkdir', 'mkdirat', 'unlink', 'unlinkat', 'rmdir', 'rename', 'renameat', 'renameat2', 'link', 'linkat', 'symlink',
  'symlinkat', 'mknod', 'mknodat',
]);
const OPENS: ReadonlySet<CodeName> = new Set<CodeName>(['open', 'openat', 'openat2']);
const O_CREAT = 0o100;

function changesNames(view: ProgramView, op: number): boolean {
  const code = CODES[view.code(op)];
  return NAME_CHANGERS.has(code) || (OPENS.has(code) && (view.int32(op, OP.a) & O_CREAT) !== 0);
}

const COLOURS: Readonly<Record<EdgeKind, string>> = {
  descriptor: 'black', cursor: 'blue', close: 'gray', directory: 'purple', path: 'red', content: 'orange',
};

/** The graph in Graphviz's language, line by line; nodes are labelled with the log line, the call and its path. */
export function* graphDot(view: ProgramView): Generator<string, void> {
  yield 'digraph plan {';
  yield '  rankdir=LR; node [shape=box, fontname=monospace, fontsize=10];';
  for (let op = 0; op < view.opCount; op++) {
    const { code, line, path } = view.op(op);
    const label = `${line} ${code}${path === undefined ? '' : ` ${Buffer.from(path).toString('utf8')}`}`;
    yield `  ${op} [label=${quoted(label)}${code in OPCODES ? '' : ', style=dashed'}];`;
    for (const dep of view.deps(op)) {
      const kind = edgeKind(view, dep, op);
      yield `  ${dep} -> ${op} [color=${COLOURS[kind]}, tooltip=${kind}];`;
    }
  }
  yield '}';
}

/** A double-quoted string of the DOT language; control characters could end the line that it is on. */
function quoted(text: string): string {
  // eslint-disable-next-line no-control-regex -- they are what is to be replaced
  return `"${text.replace(/[\u0000-\u001f\u007f]/g, '?').replace(/["\\]/g, '\\$&')}"`;
}
