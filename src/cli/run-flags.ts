/** The options of `run`, as commander gives them. */
export interface RunFlags {
  engine?: string;
  batch?: string;
  order?: string;
  window?: string;
  ringSetup?: string;
  ringWorkers?: string;
  ringAffinity?: string;
  threads?: string;
  pool?: string;
  sweep?: string;
  cache?: string;
  latency?: string;
  pin?: string;
  nice?: string;
  live?: boolean;
  sandbox?: string;
  keep?: boolean;
  rounds?: string;
  time?: string;
  precision?: string;
  seed?: string;
  pid?: string[];
  maxTreeSize?: string;
  partial?: boolean;
  timeline?: boolean;
  from?: string;
  json?: string | true;
}
