/** `kernels list` as text. */
import pc from 'picocolors';
import type { KernelList } from '../../bench/kernels/list.js';
import { plainColumns, renderColumns } from './columns.js';
import { terminalWidth, wrapLines } from './prose.js';

export function renderKernelList({ cached, available, unavailable }: KernelList): string {
  const parts: string[] = [];
  if (cached.length > 0) {
    const rows = cached.map(({ id, release, specs }) => [id, release, specs.join(', ')]);
    parts.push(renderColumns(plainColumns(['in the cache', 'release', 'named']), rows, terminalWidth()));
  }
  if (available.length > 0) {
    const rows = available.map(({ spec, package: name }) => [spec, name]);
    parts.push(renderColumns(plainColumns(['to be had: --kernel', 'package']), rows, terminalWidth()));
  }
  if (unavailable !== null) parts.push(`${pc.yellow('The archive can\'t be asked:')} ${unavailable}`);
  return wrapLines(`${parts.join('\n\n')}\n`);
}
