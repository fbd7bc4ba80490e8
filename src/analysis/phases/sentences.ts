/** One sentence for each stretch. They state only what the calls of the stretch show. */
import { baseName } from '../names.js';
import { grouped, shown } from '../text.js';
import type { FileSteps, PhaseId } from './model.js';

export interface Told {
  readonly phase: PhaseId;
  readonly program: string | null;
  readonly language: string | null;
  readonly misses: number;
  readonly syscalls: ReadonlyMap<string, number>;
  readonly files: readonly FileSteps[];
  /** A stretch of this phase was told before. */
  readonly again: boolean;
  readonly status: string | null;
  /** It wrote to standard output or error. */
  readonly writesOutput: boolean;
}

const plural = (n: number, one: string, many = `${one}s`): string => `${grouped(n)} ${n === 1 ? one : many}`;

/** `a, b and c`; `a, b, c and 4 more` */
function list(names: readonly string[], max = 4): string {
  if (names.length <= 1) return names.join('');
  const rest = names.length - max;
  if (rest > 1) return `${names.slice(0, max).join(', ')} and ${rest} more`;
  return `${names.slice(0, -1).join(', ')} and ${names.at(-1)!}`;
}

const missed = (misses: number): string => (misses === 0 ? '' : `; ${plural(misses, 'lookup')} found nothing`);

function loader({ files, again, syscalls }: Told): string {
  const libraries = files.filter((file) => file.steps.has('map') && !file.path.startsWith('/etc/ld.so.'));
  const names = libraries.map((file) => shown(baseName(file.path)));
  const cache = files.some((file) => file.path === '/etc/ld.so.cache' && file.steps.has('open'));
  if (libraries.length === 0) {
    if (cache) return 'The dynamic loader looks into its cache of library locations.';
    if (files.length > 0) return 'The dynamic loader looks for libraries.';
    return syscalls.has('brk') || syscalls.has('mmap') ? 'The dynamic loader gets memory for itself.' : 'The dynamic loader is at work.';
  }
  const asks = cache ? 'looks into its cache of library locations and ' : '';
  const verb = again ? 'brings in' : 'loads';
  const when = again ? ' while the program runs' : '';
  return `The dynamic loader ${asks}${verb} ${plural(libraries.length, 'library', 'libraries')}${when} (${list(names)}): each is opened, its header read, its parts mapped into memory, and closed.`;
}

function libc({ syscalls }: Told): string {
  const parts = [
    syscalls.has('arch_prctl') || syscalls.has('set_thread_area') ? 'points a register at the data of the first thread' : '',
    syscalls.has('set_tid_address') ? 'registers its thread id' : '',
    syscalls.has('rt_sigaction') ? 'reserves the signals that threads use' : '',
    syscalls.has('mprotect') ? 'makes read-only what the loader has filled in' : '',
    syscalls.has('prlimit64') || syscalls.has('getrlimit') ? 'asks how large the stack may grow' : '',
    syscalls.has('munmap') ? 'gives back the memory of the loader’s cache' : '',
  ].filter((part) => part !== '');
  return parts.length === 0 ? 'The C library prepares itself.' : `The C library ${list(parts, 9)}.`;
}

function heap({ syscalls }: Told): string {
  if (!syscalls.has('brk')) return 'The program’s memory allocator gets its first memory.';
  const random = syscalls.has('getrandom') ? ['draws random bytes, which make its layout hard to guess'] : [];
  return `malloc gets its first memory: it ${list(['asks where the heap ends', 'moves that end up', ...random])}.`;
}

function locale({ files, misses }: Told): string {
  const zone = files.some((file) => /localtime|zoneinfo|timezone/.test(file.path));
  const language = files.some((file) => /locale|gconv|LC_|\.mo$/.test(file.path));
  const what = [language ? 'the data of language and character set' : '', zone ? 'the time zone' : ''].filter((part) => part !== '');
  return `The C library reads ${what.length === 0 ? 'its settings' : list(what)} (${plural(files.length, 'file')}${missed(misses)}).`;
}

function modules({ files, misses, language }: Told): string {
  const read = files.filter((file) => file.steps.has('open') && file.misses < file.calls && (file.steps.has('read') || file.steps.has('read header') || file.steps.has('map')));
  const who = language ?? 'The interpreter';
  if (read.length === 0) return `${who} looks for modules (${plural(files.length, 'path')} asked for${missed(misses)}).`;
  return `${who} loads ${plural(read.length, 'module file')} (${list(read.map((file) => shown(baseName(file.path))), 3)})${missed(misses)}.`;
}

function program({ files, misses, syscalls, writesOutput }: Told): string {
  const did = [
    files.length > 0 ? `uses ${plural(files.length, 'file')} of its own` : '',
    syscalls.has('clone') || syscalls.has('fork') || syscalls.has('vfork') || syscalls.has('clone3') ? 'starts processes or threads' : '',
    syscalls.has('wait4') || syscalls.has('waitid') ? 'waits for its children' : '',
    syscalls.has('socket') || syscalls.has('connect') ? 'talks over sockets' : '',
    writesOutput ? 'writes output' : '',
  ].filter((part) => part !== '');
  const most = [...syscalls].sort(([, m], [, n]) => n - m).map(([name, n]) => (n === 1 ? name : `${name} ${n} times`));
  return `The program itself ${did.length === 0 ? `is at work (${list(most, 3)})` : list(did, 9)}${missed(misses)}.`;
}

function interpreter({ language, files, misses, syscalls }: Told): string {
  const did = [
    syscalls.has('readlink') || syscalls.has('getcwd') || files.some((file) => file.steps.has('stat')) ? 'finds out where it lies' : '',
    files.some((file) => file.steps.has('open')) ? `looks for ${plural(files.filter((file) => file.steps.has('open')).length, 'file')} of its own` : '',
    syscalls.has('rt_sigaction') || syscalls.has('rt_sigprocmask') || syscalls.has('sigaltstack') ? 'says how signals shall reach it' : '',
    syscalls.has('clone') || syscalls.has('clone3') ? 'starts threads' : '',
    syscalls.has('mmap') || syscalls.has('brk') ? 'gets memory' : '',
    syscalls.has('getrandom') ? 'draws random bytes' : '',
  ].filter((part) => part !== '');
  return `${upper(language ?? 'the interpreter')} gets ready${did.length === 0 ? '' : `: it ${list(did, 9)}`}${missed(misses)}.`;
}

export function sentence(told: Told): string {
  const name = told.program === null ? 'the program' : shown(told.program);
  switch (told.phase) {
    case 'exec':
      return `The kernel replaces what the process ran before by ${name}.`;
    case 'loader':
      return loader(told);
    case 'libc':
      return libc(told);
    case 'heap':
      return heap(told);
    case 'locale':
      return locale(told);
    case 'interpreter':
      return interpreter(told);
    case 'modules':
      return modules(told);
    case 'program':
      return program(told);
    case 'exit':
      return `The process ends${told.status === null ? '' : ` with status ${told.status}`}.`;
    case 'unrecognised':
      return 'These calls fit no phase of a start-up that is known here; perhaps the log begins in the middle of a run.';
  }
}

const upper = (text: string): string => text.charAt(0).toUpperCase() + text.slice(1);
