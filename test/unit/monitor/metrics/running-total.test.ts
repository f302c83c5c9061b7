import { expect, test } from 'vitest';
import { RunningTotal } from '../../../../monitor/src/metrics/running-total.ts';

/** One round in which each of the series has one part, with this value. */
function round(totals: RunningTotal, values: Readonly<Record<string, number>>): Record<string, number> {
  const told = Object.entries(values).map(([series, value]) => [series, totals.add(series, `${series} part`, value)]);
  totals.end();
  return Object.fromEntries(told);
}

test('a total goes on when its worker comes back, and falls never', () => {
  const totals = new RunningTotal();
  round(totals, { a: 5 });
  expect(round(totals, { a: 2 })).toEqual({ a: 7 });
});

test('series of names that nobody uses any more are forgotten, those seen longest ago first', () => {
  const totals = new RunningTotal(2);
  round(totals, { a: 5, b: 5 });
  round(totals, { b: 6 });
  round(totals, { c: 1 });
  expect(round(totals, { a: 5, b: 6 }), 'a begins anew').toEqual({ a: 5, b: 12 });
});

test('series that are in use are never forgotten, however many there are', () => {
  const totals = new RunningTotal(1);
  round(totals, { a: 5, b: 5 });
  expect(round(totals, { a: 6, b: 7 })).toEqual({ a: 6, b: 7 });
});
