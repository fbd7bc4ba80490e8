/** All commands. */
import type { Commands } from './program.js';
import { QUICK } from './quick.js';

/** In the order in which --help lists them. */
export const COMMANDS: Commands = {
  run: async () => (await import('./run.js')).addRunCommand,
  record: async () => (await import('./record.js')).addRecordCommand,
  check: async () => (await import('./check.js')).addCheckCommand,
  show: async () => (await import('./show.js')).addShowCommand,
  summary: QUICK.summary,
  probes: QUICK.probes,
  files: QUICK.files,
  phases: QUICK.phases,
  diff: QUICK.diff,
  flamegraph: async () => (await import('./flamegraph.js')).addFlamegraphCommand,
  plan: async () => (await import('./plan.js')).addPlanCommand,
  tree: async () => (await import('./tree.js')).addTreeCommand,
  compare: async () => (await import('./compare.js')).addCompareCommand,
  report: async () => (await import('./report.js')).addReportCommand,
  export: async () => (await import('./export.js')).addExportCommand,
  kernels: async () => (await import('./kernels.js')).addKernelsCommand,
  warm: async () => (await import('./warm.js')).addWarmCommand,
  compile: async () => (await import('./compile.js')).addCompileCommand,
  doctor: async () => (await import('./doctor.js')).addDoctorCommand,
  completion: async () => (await import('./completion.js')).addCompletionCommand,
};
