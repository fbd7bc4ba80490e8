/** The quick commands as one script, with V8's code cache; both are made by the build (bundle.mjs, cache.cjs). */
'use strict';
const { readFileSync } = require('node:fs');
const { join } = require('node:path');
const { pathToFileURL } = require('node:url');
const { Script } = require('node:vm');

const filename = join(__dirname, 'quick.js');
/** Of the compiled files: bundled modules know where they were. */
const root = join(__dirname, '../..');

exports.CACHE = join(__dirname, 'quick.cache');

/**
 * Returns the script and what src/cli/quick.ts exports. Where the cache is not of this version of Node, or undefined,
 * functions are compiled when they are first called, as everywhere. Throws where there is no bundle.
 */
exports.loadBundle = (cachedData) => {
  const script = new Script(readFileSync(filename, 'latin1'), { filename, cachedData });
  return { script, quick: script.runInThisContext()(require, (file) => pathToFileURL(join(root, file)).href, { exports: {} }) };
};
