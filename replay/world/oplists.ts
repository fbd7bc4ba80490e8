/** Many short lists of op indices, without an array object for each: a name or descriptor has one, and there are millions. */

/** A list: index of its newest node, or NO_OPS. */
export type OpList = number;
export const NO_OPS: OpList = -1;

export class OpLists {
  /** Two numbers per node: the op, and the node before it. */
  private nodes = new Int32Array(1 << 12);
  private used = 0;
  /** Nodes of lists that were given back, chained. */
  private free = NO_OPS;

  /** The list with one op more. */
  add(list: OpList, op: number): OpList {
    let node = this.free;
    if (node >= 0) {
      this.free = this.nodes[2 * node + 1];
    } else {
      node = this.used++;
      if (2 * node >= this.nodes.length) {
        const grown = new Int32Array(2 * this.nodes.length);
        grown.set(this.nodes);
        this.nodes = grown;
      }
    }
    this.nodes[2 * node] = op;
    this.nodes[2 * node + 1] = list;
    return node;
  }

  /** Appends the ops to `target`, the newest first. */
  copyTo(target: number[], list: OpList): void {
    for (let node = list; node >= 0; node = this.nodes[2 * node + 1]) target.push(this.nodes[2 * node]);
  }

  /** Gives the nodes of a list back. */
  release(list: OpList): void {
    if (list < 0) return;
    let last = list;
    while (this.nodes[2 * last + 1] >= 0) last = this.nodes[2 * last + 1];
    this.nodes[2 * last + 1] = this.free;
    this.free = list;
  }
}
