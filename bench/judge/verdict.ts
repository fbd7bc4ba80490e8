/** The answer in one sentence of plain English; a pure function of the result's figures. */
import { bestOf } from './impact.js';
import { SAME_WITHIN } from './judge.js';
import type { ArmResult, Comparison, Estimate, Impact, ResultDocument } from '../result/result.js';
import { twoSpeeds, type Speed } from '../statistics/speeds.js';

export type VerdictFacts = Pick<ResultDocument, 'arms' | 'comparisons' | 'missingArms' | 'impact'>;

/** How large a share of an opcode's requests has to go to io-wq to say "all" of them. */
const ALL = 0.99;

/** `under`: conditions to begin with ("with a cold cache"), under which the program's recorded time means nothing. */
export function verdictSentence(facts: VerdictFacts, under: string | null = null): string {
  const odd = withoutPlain(facts);
  const main = odd ?? answer(facts);
  const told = under === null && odd === null && (main !== null || facts.impact !== null) ? meaning(facts) : [];
  const found = [main, ...told, ...aboutNode(facts)].filter((clause) => clause !== null).join('; ');
  const sentence = [distrust(facts.arms), `${under === null ? '' : `${under}, `}${found}`].filter((clause) => clause !== null).join('; ');
  return `${sentence[0].toUpperCase()}${sentence.slice(1)}.`;
}

function distrust(arms: readonly ArmResult[]): string | null {
  const diverged = arms.filter((arm) => arm.divergences > 0);
  if (diverged.length === 0) return null;
  const list = diverged.map((arm) => `${arm.divergences} of ${arm.calls} calls in ${arm.id}`).join(', ');
  return `these figures cannot be trusted, because some outcomes differ from the log (${list})`;
}

/** What all is compared with is no arm of plain calls, where none was asked for: that answers another question. */
function withoutPlain(facts: VerdictFacts): string | null {
  const best = bestOf(facts.comparisons.filter((comparison) => !isOfPart(facts, comparison)));
  if (best === undefined || isPlain(facts.arms, best)) return null;
  return `whether batching helps is not answered: no arm made the plain calls (--engine serial,ring); the best arm, ${best.arm}, is ${asFast(best, best.baseline)}`;
}

/** Whether the baseline makes the plain calls, one by one. */
export const isPlain = (arms: readonly ArmResult[], { baseline }: Comparison): boolean => arms.find(({ id }) => id === baseline)?.engine === 'serial';

/** Batching first; another way only where it beats it, or where there was no batching. null: only a part was compared. */
function answer(facts: VerdictFacts): string | null {
  const { arms, comparisons, missingArms } = facts;
  const batches = ({ arm }: Comparison): boolean => usesRing(arms.find(({ id }) => id === arm)!);
  const batched = comparisons.filter(batches);
  const whole = comparisons.filter((comparison) => !isOfPart(facts, comparison));
  const other = bestOf(whole.filter((comparison) => !batches(comparison)));
  const clauses = [...aboutBatching(arms, batched), ...aboutOther(arms, bestOf(batched), other)];
  if (clauses.length > 0) return clauses.join('; ');
  return comparisons.length > whole.length ? null : alone(arms, missingArms);
}

/** A hybrid may have gone another way. */
function usesRing({ engine, variant, calibration }: ArmResult): boolean {
  return engine === 'ring' || (engine === 'hybrid' && variant !== 'threads' && calibration?.way !== 'direct');
}

function aboutOther(arms: readonly ArmResult[], batched: Comparison | undefined, other: Comparison | undefined): string[] {
  if (other === undefined || (batched !== undefined && other.speedup.low <= batched.speedup.high)) return [];
  const { id, rewrite, order } = arms.find((arm) => arm.id === other.arm)!;
  const notes = [rewrite === null ? null : `a rewrite: ${rewrite}`, order === 'deps' ? 'an upper bound that takes speculation' : null].filter((note) => note !== null);
  const name = notes.length === 0 ? id : `${id} (${notes.join('; ')})`;
  switch (other.verdict) {
    case 'faster':
      return [`without batching, ${name} replays them ${asFast(other)}`];
    case 'slower':
      return [`the best other way, ${name}, ${taking(other)}`];
    case 'same':
      return [`the best other way, ${name}, makes no difference, ${asFast(other)}`];
    case 'undecided':
      return [`the best other way, ${name}, is undecided, ${asFast(other)}`];
  }
}

/** Node's own fs makes a part of the calls, and is compared with plain calls of that part. */
function aboutNode(facts: VerdictFacts): string[] {
  const best = bestOf(facts.comparisons.filter((comparison) => isOfPart(facts, comparison)));
  if (best === undefined) return [];
  const { id, calls } = facts.arms.find((arm) => arm.id === best.arm)!;
  const figure = best.speedup.median < 1 ? taking(best) : `replays them ${asFast(best)}`;
  return [`of the ${calls} calls that Node's own fs can make, the best way, ${id}, ${figure}`];
}

function isOfPart({ arms }: VerdictFacts, { arm }: Comparison): boolean {
  return arms.find(({ id }) => id === arm)!.leftOut !== null;
}

function aboutBatching(arms: readonly ArmResult[], comparisons: readonly Comparison[]): string[] {
  const best = bestOf(comparisons);
  if (best === undefined) return [];
  return [batchingSentence(arms, comparisons, best)];
}

function batchingSentence(arms: readonly ArmResult[], comparisons: readonly Comparison[], best: Comparison): string {
  const armOf = (comparison: Comparison): ArmResult => arms.find(({ id }) => id === comparison.arm)!;
  const inOrder = bestOf(comparisons.filter((comparison) => armOf(comparison).order !== 'deps'));
  const arm = armOf(best);
  const bound = arm.order === 'deps' ? 'an upper bound that takes speculation' : null;
  const name = bound === null ? arm.id : `${arm.id}, ${bound}`;
  const punts = puntClause(arm);
  if (best.verdict === 'faster' && inOrder !== undefined && inOrder.verdict !== 'faster') {
    return (
      `batching in the order of the log does not help here: ${inOrder.arm} ${taking(inOrder)}; ` +
      `only reordered (${name}) it is ${asFast(best)}${punts}`
    );
  }
  if (best.verdict !== 'undecided') return `${decided(arm, best, bound)}${punts}`;
  if (inOrder === undefined || inOrder.verdict === 'undecided') return `undecided: the best ${arm.engine} arm (${name}) ${unclear(arms, best)}${punts}`;
  return `${decided(armOf(inOrder), inOrder, null)}${punts}; reordered, ${arm.id} (${bound ?? ''}) ${unclear(arms, best)}`;
}

/** `bound`: what the arm is, where it is not in the order of the log. */
function decided({ id, engine }: ArmResult, comparison: Comparison, bound: string | null): string {
  const name = bound === null ? id : `${id}, ${bound}`;
  switch (comparison.verdict) {
    case 'faster':
      return `batching helps here: ${id}${bound === null ? '' : ` (${bound})`} replays these calls ${asFast(comparison)}`;
    case 'slower':
      return `batching does not help here: the best ${engine} arm (${name}) ${taking(comparison)}`;
    case 'same':
    case 'undecided':
      return `batching makes no difference here: the best ${engine} arm (${name}) is within 1 % of the plain calls, ${asFast(comparison)}`;
  }
}

/** Why a comparison has no verdict: more rounds would give one, or the arm has a speed on either side. */
function unclear(arms: readonly ArmResult[], comparison: Comparison): string {
  const wallOf = (wanted: string): ArmResult['wallNs'] => arms.find(({ id }) => id === wanted)!.wallNs;
  const plain = wallOf(comparison.baseline).median;
  const speeds = twoSpeeds(wallOf(comparison.arm).samples);
  if (speeds === null || speeds.slow.ns < plain || speeds.fast.ns * (1 - SAME_WITHIN) > plain) {
    return `replays these calls ${asFast(comparison)}, and more rounds (--time) are needed to tell`;
  }
  const of = ({ ns, share }: Speed): string => `${ratio(plain / ns)}x as fast as the plain calls in ${percent(100 * share)} of its passes`;
  return `has two speeds, ${of(speeds.fast)} and ${of(speeds.slow)}, as the kernel wakes its worker threads on another CPU or on the same`;
}

function alone(arms: readonly ArmResult[], missing: VerdictFacts['missingArms']): string {
  const arm = arms.at(0);
  const measured = arm === undefined ? 'nothing was measured' : `only ${arm.id} was measured (${milliseconds(arm.wallNs.median)} per replay)`;
  const first = missing.at(0);
  return `no comparison: ${measured}${first === undefined ? '' : `, because ${first.reason}`}`;
}

/** Of an arm that loses: how much longer, and how much more CPU. */
function taking({ speedup, cpuRatio }: Comparison): string {
  const slowdown = inverse(speedup);
  return `takes ${times(slowdown)} the time of the plain calls ${interval(slowdown)} and ${times(inverse(cpuRatio))} the CPU time`;
}

function asFast({ speedup, cpuRatio }: Comparison, than = 'the plain calls'): string {
  return `${times(speedup)} as fast as ${than} ${interval(speedup)} with ${times(inverse(cpuRatio))} the CPU time`;
}

/** Which requests always end up with io-wq's worker threads: the usual reason why batching costs. */
function puntClause({ inline, punted, countedBy }: ArmResult): string {
  if (countedBy === 'none') return '';
  const always = Object.keys(punted)
    .filter((opcode) => punted[opcode] > 0 && punted[opcode] >= ALL * (punted[opcode] + (inline[opcode] ?? 0)))
    .sort((a, b) => punted[b] - punted[a]);
  if (always.length === 0) return '';
  return `; ${always.map((opcode) => opcode.toUpperCase()).join(', ')} requests are all handed to worker threads`;
}

function meaning({ impact, comparisons }: VerdictFacts): string[] {
  if (impact === null) {
    return comparisons.length === 0 ? [] : ['what that means for the program is not known without its real run time ("uring-replay record" takes it)'];
  }
  return [share(impact), ...saving(impact, comparisons)];
}

function share({ programNs, callsNs, callsPercent }: Impact): string {
  return (
    `these calls are ${percent(callsPercent.median)} of the ${milliseconds(programNs.median)} that the program takes, ` +
    `so nothing done to them can save more than ${milliseconds(callsNs.median)}`
  );
}

function saving({ bestArm, savedNs, savedPercent }: Impact, comparisons: readonly Comparison[]): string[] {
  const comparison = comparisons.find(({ arm }) => arm === bestArm);
  if (comparison?.verdict !== 'faster' || savedNs === null || savedPercent === null) return [];
  return [
    `${bestArm} would save ${milliseconds(savedNs.median)} [${milliseconds(savedNs.low)}, ${milliseconds(savedNs.high)}] of it, ${percent(savedPercent.median)} ` +
      `[${percent(savedPercent.low)}, ${percent(savedPercent.high)}]`,
  ];
}

function inverse({ median, low, high }: Estimate): Estimate {
  return { median: 1 / median, low: 1 / high, high: 1 / low };
}

export function times({ median }: Estimate): string {
  return `${ratio(median)}x`;
}

export function interval({ low, high }: Estimate): string {
  return `[${ratio(low)}, ${ratio(high)}]`;
}

function ratio(value: number): string {
  return value < 10 ? value.toFixed(2) : value.toPrecision(3);
}

export function milliseconds(ns: number): string {
  const ms = ns / 1e6;
  return `${ms >= 100 ? ms.toFixed(0) : ms.toPrecision(3)} ms`;
}

function percent(value: number): string {
  return `${Math.abs(value) < 10 ? value.toFixed(1) : value.toFixed(0)} %`;
}
