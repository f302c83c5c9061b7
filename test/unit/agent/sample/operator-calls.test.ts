import { describe, expect, test } from 'vitest';
import { createAwaitSources } from '../../../../agent/src/sample/await-sources.ts';
import type { RawFrame } from '../../../../agent/src/sample/call-sites.ts';
import { afterMoment, type Located, operatorsFirst, withYoung } from '../../../../agent/src/sample/operator-calls.ts';

const stack = (count: number, ...frames: RawFrame[]) => ({ count, frames });
const place = {
  location: { function: '_transform', file: '/app/enrich.mjs', line: 10, column: 3 },
  lastLine: 20,
  length: 100,
};

test('what waits inside of the operator comes first, the runtime comes last', () => {
  const runtime = stack(9, ['run', 'node:internal/modules/esm/module_job', 1, 1]);
  const elsewhere = stack(8, ['main', 'file:///app/main.mjs', 1, 1]);
  const sameFile = stack(7, ['other', 'file:///app/enrich.mjs', 30, 1]);
  const inside = stack(1, ['lookUp', '/app/lookup.mjs', 5, 1], ['_transform', 'file:///app/enrich.mjs', 12, 7]);
  const ordered = operatorsFirst([runtime, elsewhere, sameFile, inside], [place], undefined);
  expect(ordered).toEqual([inside, sameFile, elsewhere, runtime]);
});

test('without a place, the file where the operator was made counts as its file', () => {
  const elsewhere = stack(8, ['main', '/app/main.mjs', 1, 1]);
  const near = stack(1, ['lookUp', '/app/enrich.mjs', 5, 1]);
  const callSite = { function: '', file: 'file:///app/enrich.mjs', line: 1, column: 1 };
  expect(operatorsFirst([elsewhere, near], [], callSite)).toEqual([near, elsewhere]);
});

describe('what is known of a call after a moment', () => {
  const facts = {
    callbackOutstanding: true,
    promiseOutstanding: true,
    promise: 'unknown' as const,
    letGo: false,
    repeats: 0,
    failureFrames: [],
    unread: '',
    places: [place],
  };
  const none = { places: [place], sources: createAwaitSources({ read: () => undefined }, '/agent/') };
  const call = (chain: readonly number[], ...frames: RawFrame[]) => ({ count: 1, chain, frames });
  const own: RawFrame = ['_transform', 'file:///app/enrich.mjs', 12, 7];
  const update: RawFrame = ['update', '/app/account.mjs', 5, 1];
  const look: RawFrame = ['look', '/app/account.mjs', 9, 1];
  const told = ({ calls }: Located) =>
    calls.map(({ frames, settled, turningFrame }) => [frames[0]?.[0], settled ?? false, turningFrame ?? 0]);

  test('the outermost function whose awaited promise came is the one that goes round', () => {
    const located = {
      facts,
      ...none,
      calls: [call([4, 5, 6], look, update, own), call([7], ['other', '/app/o.mjs', 1, 1])],
    };
    expect(told(afterMoment(located, [true, true, false]))).toEqual([
      ['look', true, 2],
      ['other', false, 0],
    ]);
    // Further out something may come of itself: the call stays where it is.
    expect(told(afterMoment(located, [false, true, false]))[0]).toEqual(['look', false, 0]);
  });

  test('a call of which the search has found only the outer part is told with its inner part', () => {
    const located = { facts, ...none, calls: [call([6], own)] };
    expect(told(withYoung(located, [call([1, -1], update, own), call([2], update)]))).toEqual([['update', true, 1]]);
    expect(told(withYoung(located, [call([2], update)]))).toEqual([['_transform', false, 0]]);
    // At the same place, or elsewhere in the operator: it may be that of the next record.
    const next: RawFrame = ['_transform', 'file:///app/enrich.mjs', 11, 7];
    expect(told(withYoung(located, [call([1], own), call([2, 3], update, next)]))).toEqual([['_transform', false, 0]]);
    expect(told(withYoung({ facts, ...none, calls: [] }, [call([1], own)]))).toEqual([['_transform', true, 1]]);
  });

  test('of several calls at once none is said to go round: it may be another one that has come on', () => {
    const two = { facts, ...none, calls: [{ ...call([6], own), count: 2 }] };
    expect(told(afterMoment(two, [true]))).toEqual([['_transform', false, 0]]);
    expect(told(withYoung(two, [call([1, -1], update, own)]))).toEqual([['_transform', false, 0]]);
  });
});
