/** Which replayed calls ran on stand-ins, in a sentence. */
import type { StandInCount } from '../../replay/world/types.js';
import { count } from './units.js';

/** null: none. */
export function standInsText({ kernelFiles, descriptors }: StandInCount): string | null {
  const parts: string[] = [];
  if (kernelFiles > 0) parts.push(`${count(kernelFiles)} on ordinary files in place of /proc, /sys or a device`);
  if (descriptors > 0) parts.push(`${count(descriptors)} on a file in place of descriptors from before the program started`);
  return parts.length === 0 ? null : `${parts.join(', ')}: same outcome, but not the same cost`;
}
