/** Few quick rounds of several arms side by side, to choose one of them: never figures for a result. */
import type { Replayer } from '../arms/contestant.js';
import { Random } from '../statistics/random.js';
import { median } from '../statistics/statistics.js';
import type { TeamMember } from '../arms/team.js';

const ROUNDS = 7;
/** Of arms of which every pass is made ready anew, which takes long. */
const ROUNDS_SINGLE = 3;
const TURN_NS = 4e6;
const PASSES_MAX = 40;
/** No further round after so long: ways that differ little are seldom that slow. */
const PATIENCE_MS = 5000;

/** Interleaved and shuffled, as the experiment does it; one value per round. Cold passes take long: three rounds of them do. */
export async function turns(members: readonly TeamMember[], roundsWanted = ROUNDS): Promise<number[][]> {
  const replayers: Replayer[] = [];
  for (const member of members) replayers.push(await member.start());
  const passes: number[] = [];
  for (const replayer of replayers) {
    const sizing = replayer.single === true ? null : await replayer.run(3);
    passes.push(sizing === null ? 1 : Math.min(Math.max(Math.round(TURN_NS / median(sizing.wallNs)), 1), PASSES_MAX));
  }
  const rounds = replayers.some(({ single }) => single === true) ? ROUNDS_SINGLE : roundsWanted;
  const random = new Random(1);
  const ns = replayers.map((): number[] => []);
  const begin = performance.now();
  for (let round = 0; round < rounds && (round === 0 || performance.now() - begin < PATIENCE_MS); round++) {
    for (const i of random.shuffled(replayers.map((_, index) => index))) ns[i].push(median((await replayers[i].run(passes[i])).wallNs));
  }
  for (const replayer of replayers) await replayer.close();
  return ns;
}
