/** `kernels list` as text. */
import pc from 'picocolors';
import type { KernelList } from '../../bench/kernels/list.js';
import { plainTable } from './table.js';

export function renderKernelList({ cached, available, unavailable }: KernelList): string {
  const parts: string[] = [];
  if (cached.length > 0) {
    const table = plainTable(['in the cache', 'release', 'named'], []);
    for (const { id, release, specs } of cached) table.push([id, release, specs.join(', ')]);
    parts.push(table.toString());
  }
  if (available.length > 0) {
    const table = plainTable(['to be had: --kernel', 'package'], []);
    for (const { spec, package: name } of available) table.push([spec, name]);
    parts.push(table.toString());
  }
  if (unavailable !== null) parts.push(`${pc.yellow('The archive can\'t be asked:')} ${unavailable}`);
  return `${parts.join('\n\n')}\n`;
}
