import { expect, test } from 'vitest';
import { judge } from '../../bench/peers/judge.ts';

const CASE = { blamedFile: '/set/x01.mjs', lines: [20] };
const FAULT_AT_MS = 1000;
const after = { atMs: FAULT_AT_MS + 1 };

test('what a tool says before the fault is not about the stall', () => {
  const early = { atMs: FAULT_AT_MS - 1, text: 'at x01.mjs:20' };
  expect(judge(CASE, [early], FAULT_AT_MS)).toEqual({ says: false, namesLine: false });
});

test('the line is named by a text or by a field, within three lines and in the right file', () => {
  const judged = (report: object) => judge(CASE, [{ ...after, text: 'event', ...report }], FAULT_AT_MS).namesLine;
  expect(judged({ text: 'at f (file:///set/x01.mjs:23:7)' })).toBe(true);
  expect(judged({ text: 'at f (file:///set/x01.mjs:24:7)' })).toBe(false);
  expect(judged({ text: 'at f (file:///set/support/orders.mjs:20:7)' })).toBe(false);
  expect(judged({ places: [{ file: 'file:///set/x01.mjs', line: 17 }] })).toBe(true);
});

test('what nobody would look at says something only where it holds the line', () => {
  const faint = (text: string) => judge(CASE, [{ ...after, text, faint: true }], FAULT_AT_MS);
  expect(faint('/set/x01.mjs:40 1.0 % of the time')).toEqual({ says: false, namesLine: false });
  expect(faint('/set/x01.mjs:20 1.0 % of the time')).toEqual({ says: true, namesLine: true });
});

test('a program without a line to open has none that could be named', () => {
  const judged = judge({ ...CASE, lines: [] }, [{ ...after, text: 'blocked' }], FAULT_AT_MS);
  expect(judged).toEqual({ says: true, namesLine: undefined });
});
