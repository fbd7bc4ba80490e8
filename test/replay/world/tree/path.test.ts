import assert from 'node:assert/strict';
import { test } from 'node:test';
import fc from 'fast-check';
import { CanonicalPaths, canonicalPath, isRegular } from '../../../../replay/world/tree/path.js';

const name = fc.constantFrom('a', 'b', 'c', '.d');
const regular = fc.array(name, { minLength: 1, maxLength: 5 }).map((names) => `/${names.join('/')}`);
const target = fc.oneof(regular, fc.array(fc.oneof(name, fc.constantFrom('..', '.', '')), { minLength: 1, maxLength: 4 }).map((names) => names.join('/')), fc.constant('/'));

test('of an entry is found, by way of its directory, what a walk of the whole path finds', () => {
  fc.assert(fc.property(fc.dictionary(regular, target, { maxKeys: 6 }), fc.array(regular, { minLength: 1, maxLength: 12 }), (links, paths) => {
    const linkOf = (path: string): string | undefined => (Object.hasOwn(links, path) ? links[path] : undefined);
    const canonical = new CanonicalPaths(linkOf);
    for (const path of paths) assert.equal(canonical.ofEntry(path), canonicalPath(path, false, linkOf), path);
  }));
});

test('a path is regular when it is its own canonical path without symlinks', () => {
  const part = fc.constantFrom('a', '.', '..', '...', '.a', 'a.', '', 'a b');
  fc.assert(fc.property(fc.array(part, { minLength: 1, maxLength: 5 }), (parts) => {
    const path = `/${parts.join('/')}`;
    const plain = canonicalPath(path, false, () => undefined) === path && path !== '/';
    assert.equal(isRegular(path), plain, path);
  }));
  assert.equal(isRegular('a/b'), false);
});
