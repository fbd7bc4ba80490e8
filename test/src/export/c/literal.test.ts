import assert from 'node:assert/strict';
import { execFileSync } from 'node:child_process';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { test } from 'node:test';
import fc from 'fast-check';
import { cComment, cString } from '../../../../src/export/c/literal.js';
import { noCompiler } from '../compile.js';

test('plain text stays as it is; quotes, backslashes, control characters and bytes above ASCII do not', () => {
  assert.equal(cString(Buffer.from('/etc/ld.so.cache')), '"/etc/ld.so.cache"');
  assert.equal(cString(Buffer.from('a"b\\c\nd\x7f')), '"a\\"b\\\\c\\012d\\177"');
  assert.equal(cString(Uint8Array.of(0xff, 0x37)), '"\\3777"');
  assert.equal(cString(Buffer.from('what??/x')), '"what?\\?/x"');
});

test('a comment cannot be ended from inside, nor span lines', () => {
  assert.equal(cComment('a*/b\nc'), 'a*?b?c');
});

test('the compiler reads back every string, trigraphs on', { skip: noCompiler }, () => {
  const strings = fc.sample(fc.uint8Array({ minLength: 1, maxLength: 60 }), { numRuns: 200, seed: 1 });
  strings.push(Uint8Array.from({ length: 255 }, (_, i) => i + 1), Buffer.from("??=??(??/??)??'??<??!??>??-???="), Buffer.alloc(4096, 'x'));
  const dir = mkdtempSync(join(tmpdir(), 'uring-replay-test-'));
  try {
    const rows = strings.map((bytes) => `{sizeof(${cString(bytes)}) - 1, ${cString(bytes)}},`).join('\n');
    writeFileSync(
      join(dir, 'strings.c'),
      `#include <stdio.h>
static const struct { unsigned size; const char *text; } rows[] = {${rows}};
int main(void) {
  for (unsigned i = 0; i < sizeof rows / sizeof *rows; i++) fwrite(rows[i].text, 1, rows[i].size, stdout);
}`,
    );
    execFileSync('cc', ['-std=c11', '-trigraphs', '-Wall', '-Werror', '-o', join(dir, 'strings'), join(dir, 'strings.c')]);
    assert.deepEqual(execFileSync(join(dir, 'strings')), Buffer.concat(strings));
  } finally {
    rmSync(dir, { recursive: true });
  }
});
