/** What a stream export writes, as one buffer. */
import { STREAMS } from '../../../src/export/streams.js';
import type { Write } from '../../../src/report/write-file.js';
import { withLog } from '../analysis/logs.js';

export async function exported(format: string, log: string, by: 'calls' | 'time' = 'calls'): Promise<Buffer> {
  const pieces: Buffer[] = [];
  const write: Write = (bytes) => {
    pieces.push(Buffer.from(bytes));
    return true;
  };
  await STREAMS.find((stream) => stream.name === format)!.stream(log, write, { by });
  return Buffer.concat(pieces);
}

/** The same from the text of a log (latin1). */
export const exportedText = (format: string, text: string, by: 'calls' | 'time' = 'calls'): Promise<Buffer> => withLog(text, (file) => exported(format, file, by));

/** A name that would do harm if it were not kept as text: terminal codes, markup, quotes, bidirectional marks, no UTF-8. */
export const HOSTILE = '=1+1\\33[2J<script>alert(1)</script>\\"&\'\\t\\n\\342\\200\\256\\377';
export const HOSTILE_LOG =
  `7 10.000001 execve("/bin/${HOSTILE}", ["x"], 0x1 /* 1 var */) = 0 <0.000010>\n` +
  `7 10.000100 openat(AT_FDCWD, "${HOSTILE}", O_RDONLY) = -1 ENOENT (No such file or directory) <0.000010>\n` +
  `7 10.000200 openat(AT_FDCWD, "/d/${HOSTILE}", O_RDONLY) = 3 <0.000010>\n` +
  '7 10.000300 +++ exited with 0 +++\n';
