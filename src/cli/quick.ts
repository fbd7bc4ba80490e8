/**
 * The commands that look at a log: they take less time than loading the modules that they need. What is imported from
 * here, at once or later, is also bundled with V8's code cache (src/bundle/), and must therefore be of this package,
 * Node or a CommonJS module.
 */
import type { Commands } from './program.js';

export { runProgram } from './program.js';

export const QUICK = {
  summary: async () => (await import('./summary.js')).addSummaryCommand,
  probes: async () => (await import('./probes.js')).addProbesCommand,
  files: async () => (await import('./files.js')).addFilesCommand,
  phases: async () => (await import('./phases.js')).addPhasesCommand,
  diff: async () => (await import('./diff.js')).addDiffCommand,
} satisfies Commands;
