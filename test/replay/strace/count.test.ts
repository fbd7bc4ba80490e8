import assert from 'node:assert/strict';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, test } from 'node:test';
import { countLog } from '../../../replay/strace/count.js';
import { segmentsOf } from '../../../replay/strace/segments.js';
import { FIXTURES, fixtureLogs } from './corpus.js';
import type { Counts } from '../../../replay/strace/counts.js';

const dir = mkdtempSync(join(tmpdir(), 'ur-count-'));
after(() => { rmSync(dir, { recursive: true }); });

const sorted = ({ rows, unfinished, ...rest }: Counts): unknown => ({
  ...rest,
  rows: rows.toSorted((x, y) => (x.name < y.name ? -1 : 1)),
  unfinished: [...unfinished].sort(),
});

test('counting in parts on several threads gives what counting in one go gives', async () => {
  let cut = 0;
  for (const { name } of fixtureLogs()) {
    const path = join(FIXTURES, name);
    for (const by of ['syscall', 'pid'] as const) {
      const whole = await countLog(path, { by, threads: 1 });
      for (const segmentBytes of [3000, 20_000]) {
        if (segmentsOf(path, segmentBytes).length > 1) cut++;
        const parts = await countLog(path, { by, threads: 2, segmentBytes });
        assert.deepEqual(sorted(parts), sorted(whole), `${name} by ${by} in parts of ${segmentBytes}`);
      }
    }
  }
  assert.ok(cut > 50, 'most fixtures are large enough to be cut');
});

test('a call may begin in one part, go on in others, and end in a later one', async () => {
  const filler = '8 getpid() = 8 <0.000001>\n'.repeat(100);
  const path = join(dir, 'split.strace');
  writeFileSync(
    path,
    `7 read(3,  <unfinished ...>\n9 pause( <unfinished ...>\n${filler}7 <... read resumed> <unfinished ...>\n${filler}` +
      `7 <... read resumed>"x", 1) = -1 EINTR (Interrupted system call) <0.500000>\n${filler}6 execve("x", NULL, NULL <unfinished ...>\n${filler}` +
      `5 +++ superseded by execve in pid 6 +++\n5 <... execve resumed>) = 0 <0.250000>\n${filler}9 +++ exited with 0 +++\n`,
  );
  const parts = await countLog(path, { threads: 2, segmentBytes: 500 });
  assert.deepEqual(sorted(parts), sorted(await countLog(path, { threads: 1 })));
  assert.deepEqual(parts.rows.map(({ name, calls, errors }) => [name, calls, errors]).sort(), [['execve', 1, 0], ['getpid', 500, 0], ['read', 1, 1]]);
  assert.deepEqual([...parts.unfinished], [['pause', 1]]);
});

test('a set of -ff files is counted by any of its names', async () => {
  for (const pid of [5, 6]) writeFileSync(join(dir, `ff.${pid}`), '100.000001 getpid() = 5 <0.000001>\n');
  for (const name of ['ff', 'ff.*']) {
    const { rows } = await countLog(join(dir, name), { threads: 2, segmentBytes: 10 });
    assert.deepEqual(rows.map(({ calls }) => calls), [2], name);
  }
});

test('errors are those of reading in one go', async () => {
  await assert.rejects(countLog(join(dir, 'absent')), { code: 'UR_NO_SUCH_LOG' });
  writeFileSync(join(dir, 'text'), 'no log at all\n'.repeat(1000));
  await assert.rejects(countLog(join(dir, 'text'), { threads: 2, segmentBytes: 500 }), { code: 'UR_NOT_A_LOG' });
});
