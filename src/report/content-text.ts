/** What the files of a rebuilt tree hold, in one line. */
import type { ContentCount } from '../../bench/snapshot/open.js';
import { count } from './units.js';

export function contentText({ files, fromSnapshot }: ContentCount): string {
  return `content: ${count(fromSnapshot)} of ${count(files)} files from the snapshot${fromSnapshot < files ? ', the others generated' : ''}`;
}
