import assert from 'node:assert/strict';
import { execFileSync } from 'node:child_process';
import { closeSync, constants, openSync, readSync } from 'node:fs';
import { lstat, mkdtemp, readFile, readdir, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import test from 'node:test';
import { writeStreamWhole } from '../../../src/report/write-file.js';

async function inDirectory(use: (dir: string) => Promise<void>): Promise<void> {
  const dir = await mkdtemp(join(tmpdir(), 'output-'));
  try {
    await use(dir);
  } finally {
    await rm(dir, { recursive: true });
  }
}

test('a file appears whole, in place of what was there', () =>
  inDirectory(async (dir) => {
    const file = join(dir, 'out');
    await writeFile(file, 'before');
    await writeStreamWhole(file, async (write) => {
      write(Buffer.from('a'));
      assert.equal(await readFile(file, 'utf8'), 'before');
      write(Buffer.from('b'));
    });
    assert.equal(await readFile(file, 'utf8'), 'ab');
    assert.deepEqual(await readdir(dir), ['out']);
  }));

test('a failure half-way leaves what was there, and nothing else', () =>
  inDirectory(async (dir) => {
    const file = join(dir, 'out');
    await writeFile(file, 'before');
    await assert.rejects(writeStreamWhole(file, (write) => {
      write(Buffer.from('half'));
      return Promise.reject(new Error('the log ends in the middle'));
    }), /in the middle/);
    assert.equal(await readFile(file, 'utf8'), 'before');
    assert.deepEqual(await readdir(dir), ['out']);
  }));

test('a pipe stays a pipe and gets the bytes: devices are never replaced', () =>
  inDirectory(async (dir) => {
    const pipe = join(dir, 'pipe');
    execFileSync('mkfifo', [pipe]);
    const reader = openSync(pipe, constants.O_RDWR); // does not wait for a writer
    try {
      await writeStreamWhole(pipe, (write) => {
        write(Buffer.from('bytes'));
        return Promise.resolve();
      });
      const buffer = Buffer.alloc(16);
      assert.equal(buffer.toString('utf8', 0, readSync(reader, buffer)), 'bytes');
    } finally {
      closeSync(reader);
    }
    assert.ok((await lstat(pipe)).isFIFO());
    assert.deepEqual(await readdir(dir), ['pipe']);
  }));

test('a folder that does not exist is an error with file, reason and remedy', async () => {
  await assert.rejects(writeStreamWhole('/nowhere/at/all', () => Promise.resolve()), { code: 'UR_CANNOT_WRITE', message: /nowhere.*ENOENT/ });
});
