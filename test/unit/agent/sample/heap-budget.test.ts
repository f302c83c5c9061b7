import { expect, test } from 'vitest';
import { tooDearToSearch } from '../../../../agent/src/sample/heap-budget.ts';
import type { MainSession } from '../../../../agent/src/sample/main-session.ts';
import { ownCollectionMsPerMegabyte } from '../../../../agent/src/sample/own-collection.ts';

/** A main thread with a heap of that size, of which collecting the garbage takes that long. */
function worker(megabytes: number, collectionMs: number) {
  const asked: string[] = [];
  let nowMs = 1000;
  const session: MainSession = {
    post: async <Result>(method: string) => {
      asked.push(method);
      if (method === 'HeapProfiler.collectGarbage') nowMs += collectionMs;
      return { usedSize: megabytes * 1024 * 1024 } as Result;
    },
    evaluate: () => Promise.reject(new Error('nothing is evaluated')),
    close: () => {},
  };
  return { session, asked, nowMs: () => nowMs };
}

test.each([
  {
    story: 'a small heap is searched without asking',
    megabytes: 39,
    collectionMs: 900,
    ownRate: 90,
    refused: false,
    collected: false,
  },
  {
    story: 'one with few objects, for its size, is searched',
    megabytes: 120,
    collectionMs: 50,
    ownRate: 1,
    refused: false,
    collected: true,
  },
  {
    story: 'one of many small objects is not',
    megabytes: 50,
    collectionMs: 90,
    ownRate: 1,
    refused: true,
    collected: true,
  },
  {
    story: 'a huge one is not even collected',
    megabytes: 1000,
    collectionMs: 1,
    ownRate: 1,
    refused: true,
    collected: false,
  },
  {
    story: 'nor is one of some size on a slow machine',
    megabytes: 120,
    collectionMs: 1,
    ownRate: 5,
    refused: true,
    collected: false,
  },
  {
    story: 'how fast the machine is may be unknown',
    megabytes: 50,
    collectionMs: 50,
    ownRate: undefined,
    refused: false,
    collected: true,
  },
])('$story', async ({ megabytes, collectionMs, ownRate, refused, collected }) => {
  const { session, asked, nowMs } = worker(megabytes, collectionMs);
  const why = await tooDearToSearch(session, { pauseMs: 500 }, nowMs, async () => ownRate);
  expect(asked.includes('HeapProfiler.collectGarbage')).toBe(collected);
  if (refused) expect(why).toMatch(new RegExp(`^searching a heap of ${megabytes} MB .* more than the 500 ms allowed$`));
  else expect(why).toBeUndefined();
});

test('how fast this thread collects its garbage is measured', async () => {
  const rate = await ownCollectionMsPerMegabyte();
  expect(rate).toBeGreaterThan(0.01);
  expect(rate).toBeLessThan(1000);
  expect(await ownCollectionMsPerMegabyte()).toBe(rate);
});
