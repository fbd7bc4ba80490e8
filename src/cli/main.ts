#!/usr/bin/env node
/** uring-replay: the command line, run from its modules. `start.cts` is the same and starts faster. */
import { COMMANDS } from './commands.js';
import { runProgram } from './program.js';

await runProgram(COMMANDS);
