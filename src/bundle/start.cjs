#!/usr/bin/env node
/**
 * uring-replay as a command. The quick ones are run from the bundle, whose functions are compiled already; all others,
 * and these where there is no bundle, from the modules.
 */
'use strict';
const { readFileSync } = require('node:fs');
const { setFlagsFromString } = require('node:v8');
const { CACHE, loadBundle } = require('./load.cjs');

/**
 * V8 optimises what has run so much bytecode; with the 67584 of Node 20 half of the CPU time for a start-up's log goes into
 * optimising what then hardly runs any more. Long logs take as long as before, but in `summary`, whose loops are few
 * and short. Later versions have a quicker compiler in between, and no such flag.
 */
function optimiseLater(command) {
  if (process.version.startsWith('v20.') && command !== 'summary') setFlagsFromString('--interrupt-budget=1000000');
}

function bundled() {
  try {
    return loadBundle(readFileSync(CACHE)).quick;
  } catch {
    return null; // the modules do the same
  }
}

const quick = bundled();
const command = process.argv[2] ?? '';
if (quick !== null && Object.hasOwn(quick.QUICK, command)) {
  optimiseLater(command); // not before: the cache is only for the flags with which it was made
  void quick.runProgram(quick.QUICK);
} else void import('../cli/main.js');
