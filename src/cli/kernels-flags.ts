/** The options of `kernels`, as commander gives them. */
export interface KernelsFlags {
  kernel?: string[];
  cmdline?: string[];
  tier?: string;
  engine: string;
  batch: string;
  order: string;
  window: string;
  ringSetup: string;
  ringWorkers: string;
  cache: string;
  latency: string;
  fs: string;
  scattered?: boolean;
  pid?: string[];
  parallel?: string;
  deadline: string;
  node: boolean;
  json?: string | true;
}
