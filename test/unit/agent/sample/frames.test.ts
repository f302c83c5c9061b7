import { FrameOrigin, SampleKind } from '@streamgauge/proto';
import { describe, expect, test } from 'vitest';
import type { RawFrame } from '../../../../agent/src/sample/call-sites.ts';
import {
  frameMessages,
  groupStacks,
  originOf,
  plainFile,
  sampleMessages,
  withoutExpression,
} from '../../../../agent/src/sample/frames.ts';

const AGENT = '/app/node_modules/@streamgauge/agent/dist/';

describe('whose code a file is', () => {
  test.each([
    ['', FrameOrigin.NATIVE],
    ['node:internal/timers', FrameOrigin.NODE],
    ['/app/src/enrich.mjs', FrameOrigin.USER],
    ['/app/node_modules/pg/lib/client.js', FrameOrigin.DEPENDENCY],
    ['C:\\app\\node_modules\\pg\\client.js', FrameOrigin.DEPENDENCY],
    [`${AGENT}stream/hooks.js`, FrameOrigin.AGENT],
    ['/app/my_node_modules_copy/x.js', FrameOrigin.USER],
    ['https://modules.example/x.js', FrameOrigin.USER],
  ])('%s', (file, origin) => {
    expect(originOf(file, AGENT)).toBe(origin);
  });
});

describe('a file is told as a path', () => {
  test.each([
    ['file:///app/a%20b.mjs', '/app/a b.mjs'],
    ['file:///app/a.mjs?token=secret#x', '/app/a.mjs'],
    ['/app/what?.mjs', '/app/what?.mjs'],
    ['https://host/x.js?token=secret', 'https://host/x.js'],
    ['data:text/javascript,secret', 'data:'],
    ['node:fs', 'node:fs'],
    ['file://%zz', 'file://%zz'],
  ])('%s', (file, plain) => {
    expect(plainFile(file)).toBe(plain);
  });
});

test('what the agent has put on top of a stack is left out, what is below stays', () => {
  const frames: RawFrame[] = [
    ['probe', `file://${AGENT}sample/x.js`, 1, 1],
    ['_transform', 'file:///app/x.mjs', 2, 3],
    ['hook', `${AGENT}stream/y.js`, 4, 5],
    ['main', '/app/x.mjs', 6, 7],
  ];
  expect(frameMessages(frames, AGENT).map((frame) => [frame.function, frame.origin])).toEqual([
    ['_transform', FrameOrigin.USER],
    ['hook', FrameOrigin.AGENT],
    ['main', FrameOrigin.USER],
  ]);
});

test('long names are cut at their end, long paths at their beginning', () => {
  const [frame] = frameMessages([['n'.repeat(999), `/${'d'.repeat(5000)}/end.mjs`, 1, 1]], AGENT);
  expect(frame?.function).toHaveLength(200);
  expect(frame?.file).toHaveLength(1000);
  expect(frame?.file.endsWith('/end.mjs')).toBe(true);
});

test('a sample of nothing but the agent is no sample', () => {
  const own: RawFrame[] = [['probe', `${AGENT}x.js`, 1, 1]];
  expect(sampleMessages(SampleKind.AWAIT, [{ count: 3, frames: own }], 0, AGENT)).toEqual([]);
});

test('equal stacks become one with a count', () => {
  const one: RawFrame[] = [['a', '/x.js', 1, 1]];
  const two: RawFrame[] = [['a', '/x.js', 2, 1]];
  expect(groupStacks([one, two, two]).map(({ count, frames }) => [count, frames])).toEqual([
    [2, two],
    [1, one],
  ]);
});

test('the expression itself is no frame, and an idle loop has none', () => {
  expect(withoutExpression([['', '', 1, 23]])).toEqual([]);
  expect(
    withoutExpression([
      ['', '', 1, 23],
      ['spin', '/x.js', 1, 1],
    ]),
  ).toEqual([['spin', '/x.js', 1, 1]]);
  expect(
    withoutExpression([
      ['wait', '', 0, 0],
      ['spin', '/x.js', 1, 1],
    ]),
  ).toHaveLength(2);
});
