import { describe, expect, it } from 'vitest';
import { assess } from '../../../../monitor/src/detect/assess.ts';
import { readReport } from '../../../../monitor/src/model/read-report.ts';
import { advance, connectWindow, readFacts } from '../../../../monitor/src/model/worker-window.ts';
import { helloOf, limits, reportOf } from '../../../support/story.ts';

/**
 * What is missing at 100 s of an operator that has stood for 40 s, when so many reports had been dropped in all by these
 * seconds, and the first that arrived is of that second.
 */
function missingAfter(droppedBySecond: Readonly<Record<number, number>>, first = 1): readonly string[] | undefined {
  let window = connectWindow(readFacts(helloOf('w1')), { monotonicMs: 0, unixMs: 0 }, undefined);
  let dropped = 0;
  for (let second = first; second <= 100; second += 1) {
    dropped = droppedBySecond[second] ?? dropped;
    const operators = { a: { state: 'busy', heldMs: Math.max(0, second - 60) * 1000, inFlight: 1 } } as const;
    const report = reportOf({ sequence: second, monotonicMs: second * 1000, operators, droppedReports: dropped });
    window = advance(window, readReport(report, 10), { monotonicMs: second * 1000, unixMs: second * 1000 });
  }
  return assess(window, 100_000, limits).findings[0]?.missing;
}

describe('reports that the worker has dropped', () => {
  const note = 'The worker has dropped reports since the standstill began.';

  it('are missing from a standstill in which they were dropped, until it is over', () => {
    expect(missingAfter({ 60: 2 })).toEqual([note]);
    expect(missingAfter({ 80: 2 })).toEqual([note]);
    expect(missingAfter({ 100: 2 })).toEqual([note]);
  });

  it('are not missing when they were dropped before it began, or before the worker was connected', () => {
    expect(missingAfter({ 59: 2 })).toEqual([]);
    expect(missingAfter({ 90: 2 }, 90)).toEqual([]);
    expect(missingAfter({})).toEqual([]);
  });
});
