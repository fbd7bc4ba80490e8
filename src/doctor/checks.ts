/** Everything the doctor looks at, in the order it is shown. */
import type { ProbeReport } from '../../replay/engine.js';
import type { Finding } from './finding.js';
import { isolationFindings } from './isolation.js';
import { limitFindings } from './limits.js';
import { replayFindings } from './replay.js';
import { storageFindings } from './storage.js';
import { toolFindings } from './tools.js';

export interface Diagnosis {
  /** Serial and ring replay both work. */
  readonly ok: boolean;
  readonly findings: readonly Finding[];
  /** null where the addon cannot be loaded. */
  readonly probe: ProbeReport | null;
}

export async function diagnose(): Promise<Diagnosis> {
  const { probe, findings: replay } = await replayFindings();
  const findings = [...replay, ...(await isolationFindings()), ...(await storageFindings()), ...limitFindings(), ...(await toolFindings())];
  return { ok: findings.every(({ status }) => status !== 'fail'), findings, probe };
}
