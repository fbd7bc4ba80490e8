/** A page, parsed. */
import assert from 'node:assert/strict';
import { DOMParser } from 'linkedom';

export interface PageNode {
  readonly textContent: string;
  readonly outerHTML: string;
  getAttribute(name: string): string | null;
  querySelector(selector: string): PageNode | null;
  querySelectorAll(selector: string): Iterable<PageNode>;
}

export const parsed = (page: string): PageNode => new DOMParser().parseFromString(page, 'text/html') as unknown as PageNode;
export const all = (node: PageNode, selector: string): PageNode[] => [...node.querySelectorAll(selector)];
export const one = (node: PageNode, selector: string): PageNode => {
  const found = node.querySelector(selector);
  assert.ok(found, `no ${selector}`);
  return found;
};
