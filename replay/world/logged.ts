/** The calls of a trace as the planner asks for them, one after another: without what costs an object and is not asked for. */
import type { Call, Trace } from '../trace/model.js';

export type LoggedCall = Pick<Call, 'index' | 'line' | 'lineEnd' | 'name' | 'ret' | 'errno'>;

export class LoggedCalls {
  private readonly trace: Trace;
  private readonly columns: Trace['columns'];
  private readonly names: readonly string[];
  private readonly errnos: readonly (string | null)[];

  constructor(trace: Trace) {
    this.trace = trace;
    this.columns = trace.columns;
    this.names = trace.names;
    this.errnos = trace.errnos.map((name) => (name === '' ? null : name));
  }

  at(index: number): LoggedCall {
    const { line, lineEnd, nameId, ret, errnoId } = this.columns;
    const value = ret[index];
    return {
      index,
      line: line[index],
      lineEnd: lineEnd[index],
      name: this.names[nameId[index]],
      ret: Number.isSafeInteger(value) ? value : this.trace.call(index).ret,
      errno: this.errnos[errnoId[index]],
    };
  }
}
