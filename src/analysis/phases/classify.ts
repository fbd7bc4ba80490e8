/**
 * Which phase of a start-up a call belongs to. One state per running program; calls come in the order of the log.
 *
 *   exec -> loading -> running
 *
 * While loading, only what a dynamic loader and a C library do before main() is expected; the first call that is
 * nothing of that kind ends it. While running, the file decides, then the kind of call, then what went on before.
 */
import { baseName } from '../names.js';
import { isLibrary, isLocaleFile, isSystemLibrary, languageOf, type Language } from './languages.js';
import type { PhaseId } from './model.js';
import type { Subject } from '../subject.js';

const MEMORY = new Set(['brk', 'mmap', 'mmap2', 'munmap', 'mprotect', 'mremap', 'madvise', 'pkey_mprotect']);
const THREAD_SETUP = new Set(['arch_prctl', 'set_tid_address', 'set_robust_list', 'rseq', 'set_thread_area', 'sigaltstack']);
const LIMITS = new Set(['prlimit64', 'getrlimit', 'ugetrlimit']);
/** What a program does, not what prepares it. */
const WORK = new Set([
  'write', 'writev', 'fork', 'vfork', 'wait4', 'waitid', 'socket', 'connect', 'bind', 'sendto', 'recvfrom', 'sendmsg', 'recvmsg', 'poll', 'ppoll',
  'select', 'pselect6', 'epoll_wait', 'epoll_pwait', 'nanosleep', 'clock_nanosleep', 'pause', 'kill', 'tgkill', 'rename', 'renameat', 'renameat2',
  'unlink', 'unlinkat', 'mkdir', 'mkdirat', 'rmdir', 'copy_file_range', 'sendfile', 'splice',
]);
const EARLY: ReadonlySet<PhaseId> = new Set<PhaseId>(['exec', 'loader', 'libc', 'heap', 'locale']);

export class Classifier {
  #stage: 'loading' | 'running' | 'unknown';
  #phase: PhaseId;
  #began = false;
  readonly language: Language | null;
  /** The interpreter has shown itself by a file that only it asks for. */
  proven: boolean;

  /** `origin`: what is known of the program's beginning. */
  constructor(program: string, origin: 'exec' | 'fork' | 'attached') {
    this.language = languageOf(baseName(program));
    this.proven = this.language?.proof === null;
    this.#stage = origin === 'exec' ? 'loading' : origin === 'fork' ? 'running' : 'unknown';
    this.#phase = origin === 'exec' ? 'exec' : origin === 'fork' ? 'program' : 'unrecognised';
    this.#began = origin === 'fork';
  }

  /** Its start, which returned late in the log, shows that this was forked by a program that ran. */
  forked(): void {
    if (this.#stage !== 'unknown') return;
    this.#stage = 'running';
    this.#phase = 'program';
    this.#began = true;
  }

  /** The phase of a call that is neither a successful exec nor an exit. */
  phase(subject: Subject): PhaseId {
    this.#phase = this.#next(subject);
    return this.#phase;
  }

  #next(subject: Subject): PhaseId {
    const { path } = subject;
    if (path !== null && !this.proven && this.language?.proof?.test(path) === true) this.proven = true;
    if (this.#stage === 'loading') {
      const phase = this.#loading(subject);
      if (phase !== null) return phase;
      this.#stage = 'running';
    }
    if (path !== null && path !== '') return this.#byFile(subject, path);
    if (THREAD_SETUP.has(subject.call.name) && this.#phase === 'libc') return 'libc';
    return this.#byCall(subject);
  }

  /** null: this is nothing that happens before main(). */
  #loading(subject: Subject): PhaseId | null {
    const { call, path, shape } = subject;
    const { name } = call;
    if (THREAD_SETUP.has(name)) return 'libc';
    if (path !== null) {
      if (isLibrary(path) || (shape?.role === 'stat' && /\/lib[^/]*(\/|$)/.test(path) && this.#phase === 'loader')) return this.#phase === 'libc' ? null : 'loader';
      return null;
    }
    const settled = this.#phase === 'libc';
    if (name === 'brk') return settled ? null : 'loader';
    if (MEMORY.has(name)) return settled && name.startsWith('mmap') ? null : settled ? 'libc' : 'loader';
    if (LIMITS.has(name) && subject.has('RLIMIT_STACK')) return 'libc';
    if (settled && (name === 'rt_sigaction' || name === 'rt_sigprocmask') && isRealTimeSignal(subject.args)) return 'libc';
    if (name === 'close' || name === 'uname') return settled ? null : 'loader';
    return null;
  }

  #byFile({ shape, byName }: Subject, path: string): PhaseId {
    if (isLocaleFile(path)) return 'locale';
    if (this.language?.module(path) === true && this.language.name !== 'the shell') {
      this.#began = true;
      return 'modules';
    }
    if (isSystemLibrary(path)) return 'loader';
    if (isLibrary(path)) return this.language === null ? 'loader' : 'modules';
    if (this.#stage === 'unknown') return 'unrecognised';
    if (this.language === null) return 'program';
    // On the way to the first module an interpreter looks for itself and its settings.
    if (!this.#began) return 'interpreter';
    if (this.#phase === 'modules' && (shape?.role === 'readlink' || (shape?.role === 'stat' && byName))) return 'modules';
    return 'program';
  }

  #byCall(subject: Subject): PhaseId {
    const { name } = subject.call;
    const before = this.#phase;
    if (this.#stage === 'unknown') return 'unrecognised';
    if (MEMORY.has(name)) return before === 'libc' || before === 'heap' || before === 'exec' ? 'heap' : before;
    if (name === 'getrandom' && (before === 'libc' || before === 'heap')) return 'heap';
    if (name === 'close' && before !== 'heap') return before;
    const clones = (name === 'clone' || name === 'clone3') && !subject.clones('CLONE_THREAD');
    if (clones || (WORK.has(name) && (this.language === null || this.#began || isWorkOfProgram(name, subject)))) {
      this.#began = true;
      return 'program';
    }
    if (this.language !== null && !this.#began) return 'interpreter';
    if (EARLY.has(before)) return this.language !== null && this.#began ? 'modules' : 'program';
    return before;
  }
}

/** Before its first module an interpreter may start threads and wake them; only output and children are the program's. */
function isWorkOfProgram(name: string, subject: Subject): boolean {
  if (name === 'write' || name === 'writev') return subject.fd(0) === 1 || subject.fd(0) === 2;
  return name === 'wait4' || name === 'fork' || name === 'vfork';
}

function isRealTimeSignal(args: Subject['args']): boolean {
  return args.some((arg) => (arg.type === 'flags' && /^(SIG)?RT/.test(arg.names[0])) || (arg.type === 'array' && arg.items.some((i) => i.type === 'flags' && /^RT/.test(i.names[0]))));
}
