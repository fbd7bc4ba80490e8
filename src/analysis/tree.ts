/** `show --tree`: the processes of a log, who started whom, what each ran, how much it called and how it ended. */
import { tooMany } from './limits.js';
import type { LogEvent } from '../../replay/trace/model.js';
import type { Process, Subject } from './subject.js';

const PROCESSES_MAX = 1_000_000;
const PROGRAMS_MAX = 100;

/** One execve that succeeded. */
export interface Program {
  /** latin1 */
  readonly path: string;
  /** latin1; what -s cut off ends in `...`. Empty where the log does not show it. */
  readonly argv: readonly string[];
  readonly line: number;
  readonly time: number | null;
}

export interface TreeProcess {
  readonly pid: number;
  readonly thread: boolean;
  readonly programs: readonly Program[];
  readonly calls: number;
  readonly errors: number;
  /** Inside its calls, as strace saw it. */
  readonly seconds: number;
  /** First and last time in the log; null without times. */
  readonly start: number | null;
  readonly end: number | null;
  /** The five syscalls it made most. */
  readonly most: readonly (readonly [string, number])[];
  /** `exited with 0`, `killed by SIGKILL`; null: it was alive when the log ended. */
  readonly ending: string | null;
  readonly children: readonly TreeProcess[];
}

class Node {
  calls = 0;
  errors = 0;
  seconds = 0;
  start: number | null = null;
  end: number | null = null;
  ending: string | null = null;
  readonly syscalls = new Map<string, number>();
  readonly programs: Program[] = [];
  readonly process: Process;

  constructor(process: Process) {
    this.process = process;
  }
}

export class ProcessTree {
  readonly #nodes = new Map<Process, Node>();
  /** The node of each pid that lives. */
  readonly #live = new Map<number, Node>();

  add(subject: Subject): void {
    const { call, process } = subject;
    const node = this.#nodeOf(process);
    node.calls++;
    if (subject.failed) node.errors++;
    node.seconds += call.duration ?? 0;
    node.syscalls.set(call.name, (node.syscalls.get(call.name) ?? 0) + 1);
    if (call.time !== null) {
      node.start ??= call.time;
      node.end = Math.max(node.end ?? 0, call.time + (call.duration ?? 0));
    }
    if (subject.shape?.role === 'exec' && !subject.failed && call.ret !== null && subject.path !== null && node.programs.length < PROGRAMS_MAX) {
      node.programs.push({ path: subject.path, argv: argvOf(subject), line: call.line, time: call.time });
    }
  }

  #nodeOf(process: Process): Node {
    let node = this.#nodes.get(process);
    if (node === undefined) {
      if (this.#nodes.size === PROCESSES_MAX) throw tooMany('processes', PROCESSES_MAX);
      node = new Node(process);
      this.#nodes.set(process, node);
      this.#live.set(process.pid, node);
    }
    return node;
  }

  event({ kind, pid, time, text }: LogEvent): void {
    if (kind !== 'exit' && kind !== 'killed') return;
    const node = this.#live.get(pid ?? 0);
    if (node === undefined) return;
    node.ending = Buffer.from(text).toString('latin1').replace(/^\+\+\+ | \+\+\+$/g, '');
    if (time !== null) node.end = time;
    this.#live.delete(pid ?? 0);
  }

  result(): readonly TreeProcess[] {
    const children = new Map<Process | null, Node[]>();
    for (const node of this.#nodes.values()) {
      const { parent } = node.process;
      const known = parent !== null && this.#nodes.has(parent) ? parent : null;
      const siblings = children.get(known);
      if (siblings === undefined) children.set(known, [node]);
      else siblings.push(node);
    }
    const tree = (nodes: readonly Node[]): TreeProcess[] =>
      nodes.map((node) => ({
        pid: node.process.pid,
        thread: node.process.thread,
        programs: node.programs,
        calls: node.calls,
        errors: node.errors,
        seconds: node.seconds,
        start: node.start,
        end: node.end,
        most: [...node.syscalls].sort(([a, m], [b, n]) => n - m || (a < b ? -1 : 1)).slice(0, 5),
        ending: node.ending,
        children: tree(children.get(node.process) ?? []),
      }));
    return tree(children.get(null) ?? []);
  }
}

/** The strings of the argument list. */
function argvOf({ args, call }: Subject): string[] {
  const list = args.at(call.name === 'execveat' ? 2 : 1);
  if (list?.type !== 'array') return [];
  return list.items.flatMap((item) => (item.type === 'string' ? [Buffer.from(item.bytes).toString('latin1') + (item.truncated ? '...' : '')] : []));
}
