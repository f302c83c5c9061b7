import { expect, test } from 'vitest';
import { garbageShareOf, stacksOf } from '../../../../agent/src/sample/processor-profile.ts';

const frame = (functionName: string, url = '/x.js', lineNumber = 9) => ({
  functionName,
  url,
  lineNumber,
  columnNumber: 0,
});

test('a profile becomes stacks, the most frequent first, each at its hottest line', () => {
  const nodes = [
    { id: 1, callFrame: frame('(root)', '', -1), children: [2, 5] },
    { id: 2, callFrame: frame('main'), children: [3, 4] },
    { id: 3, callFrame: frame('rare'), hitCount: 1 },
    {
      id: 4,
      callFrame: frame('hot'),
      hitCount: 7,
      positionTicks: [
        { line: 11, ticks: 2 },
        { line: 12, ticks: 5 },
      ],
    },
    { id: 5, callFrame: frame('(program)', '', -1), hitCount: 99 },
  ];
  expect(stacksOf(nodes)).toEqual([
    {
      count: 7,
      frames: [
        ['hot', '/x.js', 12, 0],
        ['main', '/x.js', 10, 0],
      ],
    },
    {
      count: 1,
      frames: [
        ['rare', '/x.js', 10, 0],
        ['main', '/x.js', 10, 0],
      ],
    },
  ]);
});

test('the share of the collector is one of all time, also of that in which the event loop waits', () => {
  const collecting = { id: 3, callFrame: frame('(garbage collector)', '', -1), hitCount: 60 };
  const idle = { id: 4, callFrame: frame('(idle)', '', -1), hitCount: 20 };
  const named = { id: 5, callFrame: frame('(garbage collector)'), hitCount: 20 };
  expect(garbageShareOf([collecting, idle, named])).toBe(0.6);
  expect(garbageShareOf([{ id: 1, callFrame: frame('(root)', '', -1) }])).toBeUndefined();
});

test('the first line of a function that is resumed again and again is not its hottest one', () => {
  const lineOf = (...ticks: readonly (readonly [number, number])[]) =>
    stacksOf([
      {
        id: 1,
        callFrame: frame('handle'),
        hitCount: 1,
        positionTicks: ticks.map(([line, count]) => ({ line, ticks: count })),
      },
    ])[0]?.frames[0]?.[2];
  expect(lineOf([10, 30], [15, 12], [11, 2])).toBe(15);
  expect(lineOf([10, 30], [15, 1])).toBe(10);
  expect(lineOf([10, 30])).toBe(10);
});
