import { describe, expect, it } from 'vitest';
import { readReport } from '../../../../monitor/src/model/read-report.ts';
import { Roster } from '../../../../monitor/src/model/roster.ts';
import type { WorkerSnapshot } from '../../../../monitor/src/model/snapshot.ts';
import { helloOf, type ReportWords, reportOf } from '../../../support/story.ts';

const read = (words: ReportWords, before: WorkerSnapshot | null = null) => readReport(reportOf(words), 10, { before });
const place = { function: 'enrich', file: '/app/enrich.mjs', line: 7 };

describe('two reports that follow each other', () => {
  const first = read({
    operators: { source: {}, enrich: { location: place, completed: 1, heldMs: 5, oldestKey: 'order 1' } },
    edges: { 'source>enrich': { queued: 3 } },
  });

  it('share what is the same, and each keeps its own numbers', () => {
    const second = read(
      {
        operators: { source: {}, enrich: { location: place, completed: 9, heldMs: 7, oldestKey: 'order 1' } },
        edges: { 'source>enrich': { queued: 4 } },
      },
      first,
    );
    expect(second.operators.map(({ facts }) => facts)).toEqual(first.operators.map(({ facts }) => facts));
    second.operators.forEach(({ facts }, row) => {
      expect(facts).toBe(first.operators[row]?.facts);
    });
    expect(second.edges[0]?.facts).toBe(first.edges[0]?.facts);
    expect(first.operators[1]).toMatchObject({ completed: 1, heldMs: 5 });
    expect(second.operators[1]).toMatchObject({ completed: 9, heldMs: 7 });
    expect([first.edges[0]?.queued, second.edges[0]?.queued]).toEqual([3, 4]);
  });

  it.each([
    ['its name', { operators: { source: {}, enlarge: { location: place, oldestKey: 'order 1' } } }],
    ['its place', { operators: { source: {}, enrich: { location: { ...place, line: 8 }, oldestKey: 'order 1' } } }],
    ['that it has one', { operators: { source: {}, enrich: { oldestKey: 'order 1' } } }],
    ['its record', { operators: { source: {}, enrich: { location: place, oldestKey: 'order 2' } } }],
    ['its thread', { operators: { source: {}, enrich: { location: place, oldestKey: 'order 1', thread: 2 } } }],
    ['its job', { operators: { source: {}, enrich: { location: place, oldestKey: 'order 1', job: 'billing' } } }],
  ] satisfies [string, ReportWords][])('an operator that changed %s is what the newer one says', (_what, words) => {
    const [changed, alone] = [read(words, first).operators[1], read(words).operators[1]];
    expect(changed?.facts).toEqual(alone?.facts);
    expect(changed?.facts).not.toEqual(first.operators[1]?.facts);
    expect(read(words, first).operators[0]?.facts, 'the other one has not changed').toBe(first.operators[0]?.facts);
  });

  it('are found by id and counted by name also where operators have come and gone in between', () => {
    const before = read({ operators: { map: { id: 1 }, 'map#2': { id: 3 }, sink: { id: 4 } } });
    const after = read({ operators: { 'map#2': { id: 2 }, 'map#3': { id: 3 }, map: { id: 7 } } }, before);
    expect(after.operators.map(({ id, name, ordinal }) => [id, name, ordinal])).toEqual([
      [2, 'map', 0],
      [3, 'map', 1],
      [7, 'map', 2],
    ]);
    expect([1, 2, 3, 4, 7].map((id) => after.operatorsById.get(id)?.id)).toEqual([undefined, 2, 3, undefined, 7]);
    expect([1, 2, 3, 4, 7].map((id) => before.operatorsById.has(id))).toEqual([true, false, true, true, false]);
  });
});

it('a worker that flows keeps one record of its past, and forgets that of an operator that is gone', () => {
  const roster = new Roster({ maxWorkers: 1, maxOperators: 10, keepDepartedMs: 1, checkIntervalMs: 1 });
  roster.connect(helloOf('w1'), { monotonicMs: 0, unixMs: 0 });
  const histories = (second: number, operators: NonNullable<ReportWords['operators']>) => {
    const at = { monotonicMs: second * 1000, unixMs: second * 1000 };
    return roster.report('w1', reportOf({ operators, sequence: second, monotonicMs: second * 1000 }), at)?.histories;
  };
  for (let second = 1; second < 20; second += 1) histories(second, { a: { completed: second * 100 }, b: {} });
  const before = histories(20, { a: { completed: 2000 }, b: {} });
  expect(histories(21, { a: { completed: 2100 }, b: {} })).toBe(before);
  expect([...(histories(22, { a: { completed: 2200 } })?.keys() ?? [])]).toEqual([1]);
});
