import { existsSync, mkdtempSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { dumpHeap } from '../../../../agent/src/command/heap-dump.ts';
import { writeHeapFile } from '../../../../agent/src/main-thread/heap-file.ts';
import { type MainSession, NoAnswerError } from '../../../../agent/src/sample/main-session.ts';

let folder: string;
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'streamgauge-heap-'));
});
afterEach(() => rmSync(folder, { recursive: true, force: true }));

test('a file that is there, and a link that somebody has put there, is left alone', () => {
  const taken = join(folder, 'taken');
  writeFileSync(taken, 'mine');
  symlinkSync(join(folder, 'elsewhere'), join(folder, 'link'));
  expect(writeHeapFile(taken)).toBe('the file cannot be made (EEXIST)');
  expect(writeHeapFile(join(folder, 'link'))).toBe('the file cannot be made (EEXIST)');
  expect(existsSync(join(folder, 'elsewhere'))).toBe(false);
  expect(writeHeapFile(join(folder, 'nowhere', 'heap'))).toBe('the file cannot be made (ENOENT)');
});

const options = {
  folder: '/',
  pid: 7,
  unixMs: () => Date.UTC(2026, 0, 2, 3, 4, 5),
  heapUsedBytes: () => 0,
  onStop: () => undefined,
};

function session(evaluate: (expression: string) => unknown): () => Promise<MainSession> {
  const opened = {
    post: () => Promise.reject(new Error('not used')),
    evaluate: async (expression: string) => evaluate(expression),
    close: () => undefined,
  };
  return () => Promise.resolve(opened as unknown as MainSession);
}

test('a folder that is not there, or that is full, is told before the main thread is asked', async () => {
  const openSession = () => Promise.reject(new Error('asked'));
  await expect(dumpHeap({ ...options, openSession, folder: join(folder, 'nowhere') })).rejects.toThrow(/ENOENT/);
  const huge = { ...options, openSession, folder, heapUsedBytes: () => Number.MAX_SAFE_INTEGER };
  await expect(dumpHeap(huge)).rejects.toThrow(/too little room/);
});

test('a main thread that does not answer is not asked to write at some time later', async () => {
  const asked: string[] = [];
  const openSession = session((expression) => {
    asked.push(expression);
    throw new NoAnswerError(3000);
  });
  await expect(dumpHeap({ ...options, openSession, folder })).rejects.toThrow('the main thread does not answer');
  expect(asked).toEqual(['1']);
});

test('the file is named by process and time, and the main thread counts as alive while it writes', async () => {
  const stops: boolean[] = [];
  const openSession = session((expression) => (expression === '1' ? 1 : ''));
  const path = await dumpHeap({ ...options, openSession, folder, onStop: (stopped) => stops.push(stopped) });
  expect(path).toBe(join(folder, 'streamgauge-7-2026-01-02T03-04-05-000Z.heapsnapshot'));
  expect(stops).toEqual([true, false]);
});
