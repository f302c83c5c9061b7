import { setImmediate as turn } from 'node:timers/promises';
import { promiseHooks } from 'node:v8';
import { expect, test } from 'vitest';
import { type AwaitWalk, createAwaitWalk } from '../../../../agent/src/sample/await-walk.ts';
import { createYoungPromises } from '../../../../agent/src/sample/young-promises.ts';

const walkOf = (walk: (promises: readonly Promise<unknown>[]) => ReturnType<AwaitWalk>): AwaitWalk =>
  Object.assign(walk, { busy: false });

test('who waits for a promise that lives shorter than a search of the heap takes is told, with which of his callers wait as shortly', async () => {
  let over = false;
  async function look(): Promise<boolean> {
    await turn();
    return over;
  }
  async function poll(): Promise<void> {
    // Again and again.
    while (!(await look()));
  }
  async function settle(): Promise<void> {
    await poll();
  }
  const settled = settle();
  const young = createYoungPromises(() => promiseHooks, createAwaitWalk());
  young.start();
  for (let count = 0; count < 5; count++) await turn();
  const groups = (await young.stop())?.groups ?? [];
  over = true;
  await settled;
  const found = groups.find(({ frames }) => frames.some(([name]) => name === 'poll'));
  expect(found?.frames.map(([name]) => name)).toEqual(['look', 'poll', 'settle']);
  expect(found?.chain.map((promise) => promise >= 0)).toEqual([true, true, false]);
});

test('promises are noted no longer than until it is stopped, and of many the youngest', async () => {
  const walked: number[] = [];
  const young = createYoungPromises(
    () => promiseHooks,
    walkOf(async (promises) => {
      walked.push(promises.length);
      return { groups: [], promises: promises.length, walked: 0, stacks: 0, longestSliceMs: 0 };
    }),
  );
  young.start();
  for (let count = 0; count < 1000; count++) void Promise.resolve();
  await young.stop();
  expect(walked).toEqual([500]);
  void Promise.resolve();
  expect(await young.stop()).toBeUndefined();
  // Where the runtime does not tell of promises there are none.
  const silent = createYoungPromises(
    () => undefined,
    walkOf(async () => Promise.reject(new Error('not asked'))),
  );
  silent.start();
  expect(await silent.stop()).toBeUndefined();
});

test('promises that a search makes itself are not noted', async () => {
  const walk = createAwaitWalk();
  const seen: number[] = [];
  const young = createYoungPromises(
    () => promiseHooks,
    Object.defineProperties(
      async (promises: readonly Promise<unknown>[]) => {
        seen.push(promises.length);
        return walk([]);
      },
      { busy: { get: () => walk.busy } },
    ) as AwaitWalk,
  );
  young.start();
  await walk(Array.from({ length: 400 }, () => new Promise<never>(() => undefined)));
  await young.stop();
  // Those that the search was given, and a few of whoever waits for it.
  expect(seen[0]).toBeLessThan(430);
});
