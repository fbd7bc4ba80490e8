/** What `--engine auto` tried and chose, in one line. */
import type { Pilot } from '../../bench/pilot.js';

const SHOWN = 4;

export function pilotNote(pilot: Pilot | null): string[] {
  if (pilot === null) return [];
  const { candidates, chosen, seconds } = pilot;
  const measured = candidates.filter((one) => one.speedup !== null);
  if (chosen === null || measured.length === 0) return ['auto: there was no other way to try than the plain calls.'];
  const list = measured.slice(0, SHOWN).map(({ id, speedup }) => `${id} ${speedup!.toFixed(2)}x`).join(', ');
  const more = measured.length > SHOWN ? ` and ${measured.length - SHOWN} slower ones` : '';
  const found = measured[0].speedup! > 1 ? `the fastest of ${measured.length} ways` : `none of ${measured.length} ways beat the plain calls; the nearest was`;
  return [`auto: in a pilot of ${seconds.toFixed(1)} s ${found} ${measured[0].speedup! > 1 ? 'was ' : ''}${chosen} (${list}${more}); the figures here are from fresh rounds.`];
}
