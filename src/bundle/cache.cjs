/**
 * Makes V8's code cache for the bundle, after each command has run, so that the functions which V8 compiles when they are
 * first called are in it. Run by the build and where the package is installed: only the Node that made it can use it.
 */
'use strict';
const { existsSync, readFileSync, renameSync, writeFileSync } = require('node:fs');
const { join } = require('node:path');
const { CACHE, loadBundle } = require('./load.cjs');

const LOG = join(__dirname, '../../../test/fixtures/python-startup.strace');

async function makeCache() {
  if (existsSync(CACHE) && loadBundle(readFileSync(CACHE)).script.cachedDataRejected === false) return;
  const { script, quick } = loadBundle();
  for (const name of Object.keys(quick.QUICK)) {
    process.argv = [process.execPath, 'uring-replay', name, LOG, ...(name === 'diff' ? [LOG] : [])];
    await quick.runProgram(quick.QUICK);
  }
  const unfinished = `${CACHE}.${process.pid}`;
  writeFileSync(unfinished, script.createCachedData());
  renameSync(unfinished, CACHE);
}

void makeCache();
