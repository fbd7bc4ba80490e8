/** What may have disturbed the figures: a closed list, each with what to do about it. */
import type { Difference } from '../../replay/world/tree/proof.js';
import type { StorageConditions } from '../conditions/storage.js';
import { storageWarnings } from '../conditions/warnings.js';
import type { Disturbance } from './disturbance.js';
import type { Measurement } from '../experiment.js';
import { splitBlocks } from '../statistics/bootstrap.js';
import { driftOf } from '../statistics/drift.js';
import { BLOCKS_FOR_VERDICT_MIN } from './judge.js';
import type { Warning } from './warning.js';
import type { OtherRecording } from '../record/recording.js';
import type { Host } from '../host.js';
import type { ArmResult } from '../result/result.js';
import { twoSpeeds, type Speed, type TwoSpeeds } from '../statistics/speeds.js';
import { countOutliers, median } from '../statistics/statistics.js';

const STEAL_PERCENT_MAX = 1;
const OUTLIER_SHARE_MAX = 0.1;
/** A trend is named when chance hardly makes one like it, and when it is large enough to matter. */
const DRIFT_P_MAX = 0.01;
const DRIFT_PERCENT_MIN = 2;

export interface WarningFacts {
  readonly host: Host;
  readonly disturbance: Disturbance;
  readonly measurement: Measurement;
  readonly mode: 'sandbox' | 'confined' | 'live';
  readonly isolation: string;
  /** The figures count guest instructions (bench/kernels). */
  readonly instructions?: boolean;
  /** How the tree differs from what it was before the first pass. */
  readonly treeChanges?: readonly Difference[];
  /** Where the storage was made for the run, with the arms on it. */
  readonly storage?: StorageConditions | null;
  readonly arms?: readonly ArmResult[];
  /** What lies beside the log and was not used. */
  readonly otherRecording?: OtherRecording | null;
}

export function collectWarnings(facts: WarningFacts): Warning[] {
  return [
    ...changed(facts), ...counted(facts), ...ended(facts), ...confined(facts), ...disturbed(facts), ...scattered(facts), ...drifted(facts),
    ...storageWarnings(facts.storage ?? null, facts.arms ?? []), ...unused(facts),
  ];
}

function unused({ otherRecording }: WarningFacts): Warning[] {
  if (otherRecording == null) return [];
  const { file, belongsTo, log, digest } = otherRecording;
  return [
    {
      code: 'other-recording',
      message: `${file} was not used: it belongs to a log with the sha256 ${belongsTo.slice(0, 12)}, and that of ${log} is ${digest.slice(0, 12)}.`,
      remedy: 'Record the program again, or put the recording that was made with this log beside it.',
    },
  ];
}

function changed({ treeChanges = [] }: WarningFacts): Warning[] {
  const first = treeChanges.at(0);
  if (first === undefined) return [];
  const more = treeChanges.length > 1 ? ` and ${treeChanges.length - 1} more` : '';
  return [
    {
      code: 'tree-changed',
      message: `The file tree was not put back between passes: ${first.name} (${first.what})${more}.`,
      remedy: 'Passes did not all start from the same files: do not rely on the figures, and please report it with the log.',
    },
  ];
}

function counted({ instructions }: WarningFacts): Warning[] {
  if (instructions !== true) return [];
  return [
    {
      code: 'instructions',
      message: 'The figures are guest instructions (1 is shown as 1 ns) and waits for an emulated disk, not time.',
      remedy: 'Compare them with each other only; for time use --tier kvm, or run on that kernel itself.',
    },
  ];
}

function ended({ measurement: { stoppedBy, rounds, roundsPerBlock, failure } }: WarningFacts): Warning[] {
  const warnings: Warning[] = [];
  if (stoppedBy === 'interrupted') {
    warnings.push({
      code: 'interrupted',
      message: `Interrupted; the figures are of the ${rounds} rounds finished until then.`,
      remedy: 'Let it finish, or ask for less with --time or --rounds.',
    });
  }
  if (stoppedBy === 'failure') {
    warnings.push({
      code: 'failure',
      message: `An arm failed in round ${rounds + 1} (${failure?.message ?? 'unknown'}); the figures are of the rounds before.`,
      remedy: 'Repeat the run; if it fails again, please report it with the log.',
    });
  }
  const blocks = roundsPerBlock.length;
  if (blocks < BLOCKS_FOR_VERDICT_MIN) {
    warnings.push({
      code: 'few-rounds',
      message: `Only ${rounds} rounds, with the arms started ${blocks} times: too few for an interval, so no arm is called faster or slower.`,
      remedy: `Measure longer (--time), or at least ${BLOCKS_FOR_VERDICT_MIN} rounds (--rounds).`,
    });
  }
  return warnings;
}

function confined({ mode, isolation }: WarningFacts): Warning[] {
  if (mode !== 'confined') return [];
  return [
    {
      code: 'confined',
      message: `The sandbox could not be made the root directory: ${isolation}.`,
      remedy: 'Allow user namespaces (sysctl user.max_user_namespaces, kernel.apparmor_restrict_unprivileged_userns) or run as root.',
    },
  ];
}

function disturbed({ host, disturbance: { loadBefore, stealPercent } }: WarningFacts): Warning[] {
  const warnings: Warning[] = [];
  // Half the CPUs busy leaves none for io-wq's workers on small machines.
  if (loadBefore > host.cpus / 2) {
    warnings.push({
      code: 'load',
      message: `The machine was busy before the first round: load ${loadBefore.toFixed(1)} on ${host.cpus} CPUs.`,
      remedy: 'End other programs, or wait, and repeat.',
    });
  }
  if (stealPercent !== null && stealPercent > STEAL_PERCENT_MAX) {
    warnings.push({
      code: 'steal',
      message: `The hypervisor took ${stealPercent.toFixed(1)} % of the CPU time away during the rounds.`,
      remedy: 'Repeat at a quieter time, or on a dedicated machine.',
    });
  }
  if (host.governor !== null && host.governor !== 'performance') {
    warnings.push({
      code: 'governor',
      message: `The CPU frequency governor is "${host.governor}": the clock speed may change between rounds.`,
      remedy: 'cpupower frequency-set -g performance',
    });
  }
  if (host.turbo === true) {
    warnings.push({
      code: 'turbo',
      message: 'Turbo is on: the clock speed depends on the temperature and on what the other CPUs do.',
      remedy: 'echo 1 > /sys/devices/system/cpu/intel_pstate/no_turbo, or echo 0 > /sys/devices/system/cpu/cpufreq/boost',
    });
  }
  return warnings;
}

function scattered({ measurement: { arms, rounds } }: WarningFacts): Warning[] {
  return arms.flatMap((arm) => {
    const speeds = twoSpeeds(arm.wallNs);
    if (speeds !== null) return [parted(arm.id, speeds)];
    const outliers = rounds === 0 ? 0 : countOutliers(arm.roundWallNs);
    if (outliers <= OUTLIER_SHARE_MAX * rounds) return [];
    return [
      {
        code: 'outliers' as const,
        message: `Arm ${arm.id}: ${outliers} of ${rounds} rounds lie far from the others (modified z-score above 3.5); all were kept.`,
        remedy: 'Look for programs that wake up now and then, and repeat with more rounds.',
      },
    ];
  });
}

function parted(id: string, { fast, slow }: TwoSpeeds): Warning {
  const text = ({ ns, share }: Speed): string => `${(ns / 1e6).toPrecision(3)} ms in ${Math.round(100 * share)} %`;
  return {
    code: 'two-speeds',
    message: `Arm ${id} has two speeds: ${text(fast)} of its passes, ${text(slow)}; the shares may differ from run to run.`,
    remedy:
      'Where it has worker threads, the kernel wakes them on the same CPU or on another: --ring-affinity same or other decides it. ' +
      'Else another guest or hyper-thread may have used the same core.',
  };
}

function drifted({ measurement: { arms, roundsPerBlock } }: WarningFacts): Warning[] {
  return arms.flatMap((arm) => {
    const drift = driftOf(splitBlocks(arm.roundWallNs, roundsPerBlock).map((ofBlock) => median(ofBlock)));
    if (drift === null || drift.p > DRIFT_P_MAX || Math.abs(drift.percent) < DRIFT_PERCENT_MIN) return [];
    const { percent, p } = drift;
    return [
      {
        code: 'drift' as const,
        message: `Arm ${arm.id} became ${Math.abs(percent).toFixed(1)} % ${percent > 0 ? 'slower' : 'faster'} while it was measured (trend test p = ${p.toFixed(4)}).`,
        remedy: 'Let the machine settle (clock speed, memory, other programs), and repeat with a longer --time.',
      },
    ];
  });
}
