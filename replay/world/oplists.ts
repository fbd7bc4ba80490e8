/** Many short lists of op indices, without an array object for each: a name or descriptor has one, and there are millions. */

/** A list: index of its newest node, or NO_OPS. */
export type OpList = number;
export const NO_OPS: OpList = -1;

/** Small: code that first runs after the optimiser saw the rest would be optimised anew. */
const CHUNK_BITS = 10;
const CHUNK_NODES = 1 << CHUNK_BITS;

export class OpLists {
  /** Two numbers per node: the op, and the node before it. */
  private readonly chunks: Int32Array[] = [];
  private used = 0;
  /** Nodes of lists that were given back, chained. */
  private free = NO_OPS;

  /** The list with one op more. */
  add(list: OpList, op: number): OpList {
    let node = this.free;
    if (node >= 0) {
      this.free = this.before(node);
    } else {
      node = this.used++;
      if (node % CHUNK_NODES === 0) this.chunks.push(new Int32Array(2 * CHUNK_NODES));
    }
    const chunk = this.chunks[node >> CHUNK_BITS];
    const at = 2 * (node % CHUNK_NODES);
    chunk[at] = op;
    chunk[at + 1] = list;
    return node;
  }

  /** The newest op of a list that has one. */
  newest(list: OpList): number {
    return this.chunks[list >> CHUNK_BITS][2 * (list % CHUNK_NODES)];
  }

  /** A list without its newest op. */
  before(list: OpList): OpList {
    return this.chunks[list >> CHUNK_BITS][2 * (list % CHUNK_NODES) + 1];
  }

  /** Gives the nodes of a list back. */
  release(list: OpList): void {
    if (list < 0) return;
    let last = list;
    for (let node = list; node >= 0; node = this.before(node)) last = node;
    this.chunks[last >> CHUNK_BITS][2 * (last % CHUNK_NODES) + 1] = this.free;
    this.free = list;
  }
}
