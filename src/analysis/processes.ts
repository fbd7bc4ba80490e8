/**
 * Follows the processes of a log far enough to say which file each call is about: descriptor tables (shared, copied,
 * closed at exec), current directories, programs. What the log does not say stays unknown: a relative path below an
 * unknown directory stays relative.
 */
import { Descriptors } from './descriptors.js';
import { EFFECTS } from './effects.js';
import { Subject, type Process } from './subject.js';
import type { PassingCall } from './feed.js';
import type { LogEvent } from '../../replay/trace/model.js';

/** For logs that do not give pids. */
const NO_PID = 0;

export class Processes {
  readonly #live = new Map<number, Process>();
  readonly #subject = new Subject();

  /** The subject of `call`; its process is as it is after the call. Valid until the next call. */
  call(call: PassingCall): Subject {
    const subject = this.#subject;
    subject.fill(call, this.of(call.pid));
    if (call.errno === null && call.ret !== null) {
      const effect = EFFECTS.get(call.name);
      if (effect === 'start') this.#start(subject);
      else effect?.(subject, Number(call.ret));
    }
    return subject;
  }

  event(event: LogEvent): void {
    if (event.kind === 'exit' || event.kind === 'killed') this.#live.delete(event.pid ?? NO_PID);
  }

  /** The process of this pid, begun if the log has not shown it before. */
  of(pid: number | null): Process {
    const id = pid ?? NO_PID;
    let process = this.#live.get(id);
    if (process === undefined) {
      // Its fork has not returned yet in the log; with a single process there is only one that can have made it.
      const only = this.#live.size === 1 && pid !== null ? this.#live.values().next().value! : null;
      process = {
        pid: id,
        parent: null,
        thread: false,
        image: 0,
        program: only?.program ?? null,
        descriptors: only?.descriptors.copy() ?? new Descriptors(false),
        directory: { path: only?.directory.path ?? null },
      };
      this.#live.set(id, process);
    }
    return process;
  }

  #start(subject: Subject): void {
    const parent = subject.process;
    const pid = Number(subject.call.ret);
    if (pid <= 0) return;
    const known = this.#live.get(pid);
    const early = known?.parent === null ? known : undefined;
    const sharesFiles = subject.clones('CLONE_FILES');
    if (early !== undefined && !sharesFiles) early.descriptors.inherit(parent.descriptors, early.image > 0);
    const descriptors = sharesFiles ? parent.descriptors : (early?.descriptors ?? parent.descriptors.copy());
    const directory = subject.clones('CLONE_FS') ? parent.directory : { path: early?.directory.path ?? parent.directory.path };
    const child: Process = early ?? { pid, parent, thread: false, image: 0, program: parent.program, descriptors, directory };
    child.parent = parent;
    child.thread = subject.clones('CLONE_THREAD');
    child.program ??= parent.program;
    child.descriptors = descriptors;
    child.directory = directory;
    this.#live.set(pid, child);
  }
}
