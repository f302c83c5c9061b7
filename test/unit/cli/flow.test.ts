import type { GraphView } from '@streamgauge/monitor';
import { describe, expect, test } from 'vitest';
import { flowBetween, isFlowing } from '../../../src/demo/flow.ts';

/** A graph at a second, with the records in and out per operator, in an order of its own. */
function graph(second: number, counts: Readonly<Record<string, readonly [number, number | null]>>): GraphView {
  const operators = Object.entries(counts).map(([name, [recordsIn, recordsOut]]) => ({
    id: `w/${name}`,
    name,
    recordsIn,
    recordsOut,
    verdict: 'ok',
  }));
  const at = new Date(second * 1000).toISOString();
  return { job: 'demo', at, reportAgeMs: 0, operators, edges: [] } as unknown as GraphView;
}

describe('the flow between two looks at the graph', () => {
  test('is a rate per operator, in the order of the flow', () => {
    const before = graph(10, {
      write: [0, null],
      walk: [0, 100],
      read: [90, 90],
      tokenise: [80, 80],
      enrich: [70, 70],
    });
    const now = graph(12, {
      write: [40, null],
      walk: [0, 300],
      read: [250, 250],
      tokenise: [180, 180],
      enrich: [130, 130],
    });
    const rows = flowBetween(before, now);
    expect(rows.map((row) => row.operator)).toEqual(['walk', 'read', 'tokenise', 'enrich', 'write']);
    expect(rows.map((row) => row.recordsPerSecond)).toEqual([100, 80, 50, 30, 20]);
    expect(isFlowing(rows)).toBe(true);
  });

  test('leaves out what is not an operator of the demo, such as its socket', () => {
    const one = graph(1, { walk: [0, 1], Socket: [5, 5] });
    expect(flowBetween(one, one).map((row) => row.operator)).toEqual(['walk']);
  });

  test('does not count an operator that is one operator short, or that stands, as flowing', () => {
    const before = graph(1, { walk: [0, 0], read: [0, 0], tokenise: [0, 0], enrich: [0, 0], write: [0, null] });
    const standing = graph(2, { walk: [0, 9], read: [9, 9], tokenise: [9, 9], enrich: [0, 0], write: [0, null] });
    expect(isFlowing(flowBetween(before, standing))).toBe(false);
    const short = graph(2, { walk: [0, 9], read: [9, 9], tokenise: [9, 9], enrich: [9, 9] });
    expect(isFlowing(flowBetween(before, short))).toBe(false);
  });

  test('says nothing about an operator that was not there before, and never less than nothing', () => {
    const before = graph(1, { walk: [0, 500] });
    const restarted = graph(2, { walk: [0, 20], read: [20, 20] });
    expect(flowBetween(before, restarted).map((row) => row.recordsPerSecond)).toEqual([0, 0]);
  });
});
