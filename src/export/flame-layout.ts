/** Stacks as the rectangles of a flame graph. */
import type { Stack, Weight } from '../analysis/stacks.js';
import type { StackMeasure } from './stack-formats.js';

export interface FlameBox extends Readonly<Weight> {
  /** latin1; empty for the root. */
  readonly name: string;
  /** Frames from the root, its own last. */
  readonly frames: readonly string[];
  readonly depth: number;
  /** From 0 to 1. */
  readonly left: number;
  readonly width: number;
}

export interface FlameLayout {
  readonly boxes: readonly FlameBox[];
  readonly depth: number;
  readonly total: Weight;
  /** Boxes left out because they would be narrower than `narrowest`. */
  readonly hidden: number;
}

interface Node extends Weight {
  readonly children: Map<string, Node>;
}

const newNode = (): Node => ({ calls: 0, seconds: 0, children: new Map() });

/** `narrowest`: the share of the whole below which a box is left out. Largest first within each box. */
export function flameLayout(stacks: readonly Stack[], by: StackMeasure, narrowest: number): FlameLayout {
  const weightOf = (weight: Readonly<Weight>): number => (by === 'calls' ? weight.calls : weight.seconds);
  const root = treeOf(stacks);
  const total = weightOf(root);
  const boxes: FlameBox[] = [];
  let depthMax = 0;
  let hidden = 0;
  const place = (node: Node, frames: readonly string[], left: number): void => {
    boxes.push({ name: frames.at(-1) ?? '', frames, depth: frames.length, left, width: weightOf(node) / total, calls: node.calls, seconds: node.seconds });
    depthMax = Math.max(depthMax, frames.length);
    const children = [...node.children].sort(([a, x], [b, y]) => weightOf(y) - weightOf(x) || (a < b ? -1 : 1));
    let at = left;
    for (const [name, child] of children) {
      const share = weightOf(child) / total;
      if (share < narrowest || share === 0) hidden += count(child);
      else place(child, [...frames, name], at);
      at += share;
    }
  };
  if (total > 0) place(root, [], 0);
  return { boxes, depth: depthMax, total: { calls: root.calls, seconds: root.seconds }, hidden };
}

function treeOf(stacks: readonly Stack[]): Node {
  const root = newNode();
  for (const { frames, calls, seconds } of stacks) {
    let node = root;
    for (let i = 0; ; i++) {
      node.calls += calls;
      node.seconds += seconds;
      if (i === frames.length) break;
      let next = node.children.get(frames[i]);
      if (next === undefined) node.children.set(frames[i], (next = newNode()));
      node = next;
    }
  }
  return root;
}

function count(node: Node): number {
  let boxes = 1;
  for (const child of node.children.values()) boxes += count(child);
  return boxes;
}
