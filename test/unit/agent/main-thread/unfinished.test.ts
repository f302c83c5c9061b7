import { setImmediate as nextTurn } from 'node:timers/promises';
import { expect, test } from 'vitest';
import { describeUnfinished } from '../../../../agent/src/main-thread/unfinished.ts';
import type { OperatorInspection } from '../../../../agent/src/tracker.ts';

const base: OperatorInspection = { name: 'enrich', functions: [], callbackOutstanding: true };
const describe = (inspection: OperatorInspection | undefined, nowMs: () => number = () => 0) =>
  describeUnfinished([{ id: 7, completed: 0 }], { inspect: () => inspection }, nowMs)[0];

function write(_record: unknown, _encoding: string, _done: () => void): void {}
async function writeLater(_record: unknown, _encoding: string, _done: () => void): Promise<void> {}
async function* enrich(): AsyncGenerator<number> {
  yield 1;
  await new Promise(() => undefined);
}

test('a method that has not called back is told with its text, and with the place that V8 knows', () => {
  const found = describe({ ...base, functions: [write, writeLater] });
  expect(found).toMatchObject({ id: 7, callbackOutstanding: true, promiseOutstanding: false, missing: '' });
  expect(found?.start).toMatchObject({ name: 'write', text: write.toString(), waitsAt: undefined });
  expect(found?.start?.line).toBeGreaterThan(0);
});

test('an asynchronous method may hang as well, and what awaits by trade has no callback', () => {
  expect(describe({ ...base, functions: [writeLater] })).toMatchObject({
    callbackOutstanding: true,
    promiseOutstanding: true,
  });
  expect(describe({ ...base, functions: [write], awaits: true })).toMatchObject({
    callbackOutstanding: false,
    promiseOutstanding: true,
  });
  expect(describe({ ...base, functions: [writeLater], callbackOutstanding: false })).toMatchObject({
    callbackOutstanding: false,
    promiseOutstanding: false,
  });
});

test('of a generator the line is told at which its body waits', async () => {
  const generator = enrich();
  await generator.next();
  void generator.next();
  await nextTurn();
  const start = describe({ ...base, functions: [enrich], awaits: true, generator })?.start;
  const waitsAt = (start?.waitsAt?.line ?? 0) - (start?.line ?? 0);
  expect(waitsAt).toBe(2);
});

test('without a function, or without time, there is a reason and no place', () => {
  expect(describe(base)).toMatchObject({ start: undefined, missing: 'it has no function of its own' });
  expect(describe(undefined)).toMatchObject({ start: undefined, callbackOutstanding: false });
  let nowMs = 0;
  expect(describe({ ...base, functions: [write] }, () => (nowMs += 20))).toMatchObject({
    start: undefined,
    missing: 'no time was left',
  });
});

test('a handful of operators is told, and no more', () => {
  const many = Array.from({ length: 50 }, (_, id) => ({ id, completed: 0 }));
  expect(describeUnfinished(many, { inspect: () => base })).toHaveLength(8);
});
