/** The calls of a trace as the planner asks for them, one after another: without what costs an object and is not asked for. */
import type { Call, Trace } from '../trace/model.js';
import { errnoName } from './errno.js';

export type LoggedCall = Pick<Call, 'index' | 'line' | 'lineEnd' | 'name' | 'ret' | 'errno'>;

export class LoggedCalls {
  private readonly trace: Trace;
  private readonly columns: Trace['columns'];
  private readonly names: readonly string[];
  private readonly errnos: readonly (string | null)[];
  private readonly now: { -readonly [K in keyof LoggedCall]: LoggedCall[K] } = { index: -1, line: 0, lineEnd: 0, name: '', ret: null, errno: null };

  constructor(trace: Trace) {
    this.trace = trace;
    this.columns = trace.columns;
    this.names = trace.names;
    this.errnos = trace.errnos.map((name) => (name === '' ? null : errnoName(name)));
  }

  /** Call `index`, until the next one is asked for. */
  at(index: number): LoggedCall {
    const { now } = this;
    const { line, lineEnd, nameId, ret, errnoId } = this.columns;
    const value = ret[index];
    now.index = index;
    now.line = line[index];
    now.lineEnd = lineEnd[index];
    now.name = this.names[nameId[index]];
    now.ret = Number.isSafeInteger(value) ? value : this.trace.call(index).ret;
    now.errno = this.errnos[errnoId[index]];
    return now;
  }
}
