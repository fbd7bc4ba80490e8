import assert from 'node:assert/strict';
import { test } from 'node:test';
import fc from 'fast-check';
import type { OpSpec } from '../../../replay/plan/format.js';
import { planOf, type Planned } from './planof.js';

/** What a random process does next; numbers pick one of what there is at the time. */
const step = fc.record({
  what: fc.constantFrom('open', 'open', 'close', 'fstat', 'fstat', 'fstat', 'dup', 'dup2', 'fcntl', 'fork', 'thread', 'exec', 'exit', 'pipe', 'setfd'),
  who: fc.nat(), fd: fc.nat(), target: fc.nat({ max: 9 }),
});
type Step = typeof step extends fc.Arbitrary<infer T> ? T : never;

interface Entry { readonly file: number; cloexec: boolean }
interface Process { readonly pid: number; table: Map<number, Entry> }
const PIPE = 0;

/** A kernel small enough to trust: it runs the steps and writes what strace would have written. File n has n bytes. */
function simulate(steps: readonly Step[]): string {
  const log: string[] = [];
  let processes: Process[] = [{ pid: 1, table: new Map() }];
  let files = PIPE;
  let pids = 1;
  for (const { what, who, fd: pick, target } of steps) {
    const process = processes[who % processes.length];
    const { pid, table } = process;
    const write = (text: string): void => { log.push(`${pid} ${text}`); };
    const free = (from = 3): number => { let fd = from; while (table.has(fd)) fd++; return fd; };
    const fds = [...table.keys()];
    const fd = fds.length === 0 ? 50 : fds[pick % fds.length];
    const entry = table.get(fd);
    const stat = (file: number): string => file === PIPE ? 'st_mode=S_IFIFO|0600, st_size=0' : `st_mode=S_IFREG|0644, st_size=${file}`;
    if (what === 'open') {
      const made = free();
      const cloexec = target % 2 === 0;
      table.set(made, { file: ++files, cloexec });
      write(`open("/f${files}", O_RDONLY${cloexec ? '|O_CLOEXEC' : ''}) = ${made}`);
    } else if (what === 'pipe') {
      const [a, b] = [free(), free(free() + 1)];
      table.set(a, { file: PIPE, cloexec: false }).set(b, { file: PIPE, cloexec: false });
      write(`pipe([${a}, ${b}]) = 0`);
    } else if (what === 'fork' || what === 'thread') {
      const child = ++pids;
      processes.push({ pid: child, table: what === 'thread' ? table : new Map([...table].map(([n, e]) => [n, { ...e }])) });
      write(what === 'fork' ? `fork() = ${child}` : `clone(child_stack=0x7f, flags=CLONE_VM|CLONE_FILES) = ${child}`);
    } else if (what === 'exit') {
      if (processes.length === 1) continue;
      processes = processes.filter((other) => other !== process);
      log.push(`${pid} +++ exited with 0 +++`);
    } else if (what === 'exec') {
      process.table = new Map([...table].filter(([, e]) => !e.cloexec).map(([n, e]) => [n, { ...e }]));
      write('execve("/bin/x", ["x"], 0x7ffe /* 9 vars */) = 0');
      for (const n of table.keys()) if (!process.table.has(n)) write(`close(${n}) = -1 EBADF (Bad file descriptor)`);
    } else if (entry === undefined) {
      write(`close(${fd}) = -1 EBADF (Bad file descriptor)`);
    } else if (what === 'close') {
      table.delete(fd);
      write(`close(${fd}) = 0`);
    } else if (what === 'fstat') {
      write(`fstat(${fd}, {${stat(entry.file)}, ...}) = 0`);
    } else if (what === 'dup' || what === 'fcntl') {
      const made = free(what === 'fcntl' ? target : 3);
      table.set(made, { file: entry.file, cloexec: false });
      write(what === 'dup' ? `dup(${fd}) = ${made}` : `fcntl(${fd}, F_DUPFD, ${target}) = ${made}`);
    } else if (what === 'dup2') {
      if (target !== fd) table.set(target, { file: entry.file, cloexec: false });
      write(`dup2(${fd}, ${target}) = ${target}`);
    } else {
      entry.cloexec = target % 2 === 0;
      write(`fcntl(${fd}, F_SETFD, ${entry.cloexec ? 'FD_CLOEXEC' : '0'}) = 0`);
    }
  }
  for (const { pid, table } of processes) {
    for (const fd of table.keys()) log.push(`${pid} close(${fd}) = 0`);
    table.clear();
  }
  return log.join('\n');
}

/** Runs a program's ops in an order, slots holding file numbers; what an op finds must be what the log saw. */
function execute({ specs }: Planned, order: readonly number[], spares: ReadonlyMap<number, number>): Map<number, number> {
  const slots = new Map<number, number>(spares);
  for (const index of order) {
    const op: OpSpec = specs[index];
    const fd = op.fd ?? -1;
    const message = `op ${index} ${op.code} line ${op.line}`;
    if (op.code === 'open') {
      slots.set(op.out!, Number(/\d+/.exec(Buffer.from(op.path!).toString())![0]));
    } else if (op.expect === -9) {
      assert.equal(fd, -1, message);
    } else {
      assert.ok(slots.has(fd), `${message}: slot ${fd} is empty`);
      if (op.code === 'fstat') assert.equal(slots.get(fd), op.expectSize, message);
      if (op.fd2 !== undefined) assert.ok(slots.delete(op.fd2), message);
      if (op.out !== undefined) slots.set(op.out, slots.get(fd)!);
      if (op.code === 'close') slots.delete(fd);
    }
  }
  return slots;
}

/** An order that the dependencies allow, chosen by `seed`. */
function someOrder({ specs }: Planned, seed: number): number[] {
  const waiting = specs.map((op) => new Set(op.deps));
  const ready = specs.map((_, i) => i).filter((i) => waiting[i].size === 0);
  const order: number[] = [];
  let random = seed;
  while (ready.length > 0) {
    random = (random * 1103515245 + 12345) % 2147483648;
    const [op] = ready.splice(random % ready.length, 1);
    order.push(op);
    for (let later = op + 1; later < specs.length; later++) {
      if (waiting[later].delete(op) && waiting[later].size === 0) ready.push(later);
    }
  }
  assert.equal(order.length, specs.length);
  return order;
}

test('whatever processes do with their descriptors, each call reaches its file, in every order that dependencies allow', () => {
  fc.assert(fc.property(fc.array(step, { minLength: 1, maxLength: 60 }), fc.nat(), (steps, seed) => {
    const log = simulate(steps);
    fc.pre(log.includes('('));
    const planned = planOf(log);
    // Spare references for close, made in the setup section from the root directory.
    const spares = new Map(planned.setup.flatMap((op) => [.../> (\d+)/.exec(op)?.slice(1) ?? []]).map((slot) => [Number(slot), -1]));
    const left = execute(planned, planned.specs.map((_, i) => i), spares);
    // Nobody closes what ends with its process; everything else is closed for good by whoever closes it last.
    if (!/exited|execve|dup2/.test(log)) assert.ok([...left.values()].every((file) => file === -1), log);
    execute(planned, someOrder(planned, seed), spares);
    // Every fstat of a file is replayed: none is lost to a descriptor that the plan mistook for an unknown one.
    const logged = log.split('\n').filter((line) => line.includes('fstat(') && line.includes('S_IFREG')).length;
    const opened = planned.specs.filter((op) => op.code === 'fstat').length;
    assert.equal(opened, logged, log);
  }), { numRuns: 300 });
});
