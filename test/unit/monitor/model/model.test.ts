import type { PortDirection } from '@streamgauge/proto';
import { describe, expect, it } from 'vitest';
import { stallThresholdMs } from '../../../../monitor/src/detect/stall-threshold.ts';
import {
  advanceHistory,
  emptyHistory,
  maxGaps,
  type OperatorHistory,
} from '../../../../monitor/src/model/operator-history.ts';
import { readReport } from '../../../../monitor/src/model/read-report.ts';
import { Roster } from '../../../../monitor/src/model/roster.ts';
import { helloOf, limits, type OperatorWords, reportOf } from '../../../support/story.ts';

const at = (ms: number) => ({ monotonicMs: ms, unixMs: ms });

describe('reading a report', () => {
  it('gives milliseconds, infinite epochs for finished input, and null for what is absent', () => {
    const snapshot = readReport(
      reportOf({ operators: { a: { heldMs: 1.5, passedEpoch: 'finished' } }, intervalMs: 0, edges: {} }),
      10,
    );
    expect(snapshot.operators[0]).toMatchObject({
      heldMs: 1.5,
      passedEpoch: Number.POSITIVE_INFINITY,
      emitted: null,
      location: null,
    });
    expect(snapshot.intervalMs).toBe(1000);
  });

  it('gives what the parts of a consumer tell, and null for what they do not', () => {
    const told: OperatorWords = {
      leg: 'commit',
      state: 'paused',
      pauseReason: 'consumer.pause()',
      oldestMs: 2000,
      oldestKey: 'orders/3@1042',
      pending: 0,
      failures: 3,
      lastFailure: 'refused',
      disconnectedMs: 1.5,
      thread: 2,
    };
    const { operators, edges } = readReport(
      reportOf({ operators: { a: told, b: {} }, edges: { 'a>b': { position: 'none' }, 'b>a': {} } }),
      10,
    );
    expect(operators[0]).toMatchObject(told);
    expect(operators[1]).toMatchObject({ leg: null, pending: null, thread: 0, oldestMs: 0, lastFailure: '' });
    expect(edges.map(({ position }) => position)).toEqual(['none', 'count']);
  });

  it('keeps a port with its positions, and none of an operator that is not kept, of id 0 or of an unknown direction', () => {
    const report = reportOf({
      operators: { a: {}, b: {} },
      ports: [
        { operator: 'a', direction: 'in', channel: 'redis-stream/orders/0', position: [17, 1], head: 18, messages: 5 },
        { operator: 'a', direction: 'out', channel: 'kafka/done', unpositioned: 2 },
        { operator: 'b', direction: 'out', channel: 'kafka/done' },
        { operator: 'a', direction: 'in', channel: 'kafka/zero' },
        { operator: 'a', direction: 'in', channel: 'kafka/odd' },
      ],
    });
    const [, , , zero, odd] = report.ports;
    if (zero === undefined || odd === undefined) throw new Error('no ports');
    zero.id = 0;
    odd.direction = 9 as PortDirection;
    expect(readReport(report, 1).ports).toEqual([
      {
        ...{
          id: 1,
          operatorId: 1,
          job: '',
          direction: 'in',
          system: 'redis-stream',
          channel: 'orders',
          partition: '0',
        },
        ...{ position: { major: 17, minor: 1 }, head: { major: 18, minor: 0 }, messages: 5, unpositioned: 0 },
      },
      {
        ...{ id: 2, operatorId: 1, job: '', direction: 'out', system: 'kafka', channel: 'done', partition: '' },
        ...{ position: null, head: null, messages: 0, unpositioned: 2 },
      },
    ]);
  });

  it('leaves out operators beyond the limit, repeated ids, id 0, and edges that lead nowhere', () => {
    const snapshot = readReport(
      reportOf({
        operators: { a: {}, b: {}, c: {}, zero: { id: 0 }, again: { id: 1 } },
        edges: { 'a>b': {}, 'b>c': {}, 'a>nobody': {} },
      }),
      2,
    );
    expect(snapshot.operators.map(({ name }) => name)).toEqual(['a', 'b']);
    expect(snapshot.operatorsOmitted).toBe(1);
    expect(snapshot.edges).toHaveLength(1);
  });

  it('counts operators of the same name by id', () => {
    const snapshot = readReport(reportOf({ operators: { 'map#2': { id: 9 }, map: { id: 4 }, other: { id: 5 } } }), 10);
    expect(snapshot.operators.map(({ id, ordinal }) => [id, ordinal])).toEqual([
      [4, 0],
      [5, 0],
      [9, 1],
    ]);
  });
});

describe('what is usual for an operator', () => {
  const step = (before: OperatorWords, now: OperatorWords, gapMs: number, history = emptyHistory) => {
    const read = (words: OperatorWords) => {
      const operator = readReport(reportOf({ operators: { a: words } }), 1).operators[0];
      if (operator === undefined) throw new Error('no operator');
      return operator;
    };
    return advanceHistory(history, read(before), read(now), gapMs, 1000);
  };

  it('is a gap of the whole hold for one completion, and of a share for many', () => {
    expect(step({ heldMs: 39_000, completed: 1 }, { completed: 2, progressAgeMs: 200 }, 1000).gapsMs).toEqual([39_800]);
    expect(step({ completed: 1 }, { completed: 3, progressAgeMs: 0 }, 1000).gapsMs).toEqual([500]);
  });

  it('has gaps too short for any threshold as 0, and so stays one history while the operator flows', () => {
    const flow = (history: OperatorHistory, gapMs: number) =>
      step({ completed: 1 }, { completed: 1001, progressAgeMs: 0 }, gapMs, history);
    let history = emptyHistory;
    for (let count = 0; count < maxGaps; count += 1) history = flow(history, 1000 + count);
    expect(history.gapsMs).toEqual(Array.from({ length: maxGaps }, () => 0));
    expect(flow(history, 1234)).toBe(history);
    expect(flow(history, 500_000).gapsMs.at(-1)).toBe(500);
  });

  it('is not touched by a report without completions, and holds a bounded number of gaps', () => {
    expect(step({ heldMs: 5000 }, { heldMs: 6000 }, 1000)).toBe(emptyHistory);
    let history = emptyHistory;
    for (let count = 0; count < 100; count += 1)
      history = step({ completed: count }, { completed: count + 1, progressAgeMs: 0 }, 1000 * count, history);
    expect(history.gapsMs).toHaveLength(maxGaps);
    expect(history.gapsMs.at(-1)).toBe(99_000);
  });

  it('lets a lost report or a suspended machine add at most two intervals to an unread output', () => {
    const words: OperatorWords = { state: 'backpressured', unread: true };
    expect(step(words, words, 3_600_000).unreadMs).toBe(2000);
  });

  it('raises the threshold by half above the upper quartile, between stallAfterMs and ten times that', () => {
    const usual = (gaps: readonly number[]): number => stallThresholdMs({ gapsMs: gaps }, limits);
    expect(usual([])).toBe(30_000);
    expect(usual([1, 2, 3, 4])).toBe(30_000);
    expect(usual([40_000, 1, 1]), 'of three the longest').toBe(60_000);
    expect(usual([40_000, 40_000, 40_000, 40_000])).toBe(60_000);
    expect(usual([1, 1, 1, 40_000]), 'one long gap of four is no habit').toBe(30_000);
    expect(usual([1e9, 1e9, 1e9, 1e9])).toBe(300_000);
  });
});

describe('the roster', () => {
  const roster = (maxWorkers = 3, maxOperators = 1000): Roster =>
    new Roster({ maxWorkers, maxOperators, keepDepartedMs: 60_000, checkIntervalMs: 1000 });

  it('forgets the worker that left first when it is full, and never one that is connected', () => {
    const workers = roster();
    for (const name of ['a', 'b', 'c']) workers.connect(helloOf(name), at(0));
    workers.disconnect('b', 'left', at(1));
    workers.disconnect('c', 'left', at(2));
    workers.connect(helloOf('d'), at(3));
    expect([...workers.all()].map(({ facts }) => facts.worker)).toEqual(['a', 'c', 'd']);
    expect(workers.workersForgotten).toBe(1);
    expect(workers.age(3), 'whoever keeps something about it is told').toEqual(['b']);
    for (const name of ['e', 'f']) workers.connect(helloOf(name), at(4));
    expect(workers.get('a')).toBeDefined();
  });

  it('keeps a worker that has gone for its time, then gives its name and forgets it', () => {
    const workers = roster();
    workers.connect(helloOf('a'), at(0));
    workers.disconnect('a', 'left', at(0));
    expect(workers.age(59_999)).toEqual([]);
    expect(workers.age(60_000)).toEqual(['a']);
    expect(workers.get('a')).toBeUndefined();
  });

  it('counts at most one check of absence per check, however long it was', () => {
    const workers = roster();
    workers.connect(helloOf('a'), at(0));
    workers.disconnect('a', 'lost', at(0));
    workers.age(50_000);
    expect(workers.get('a')?.departure?.awayMs).toBe(1000);
  });

  it('keeps a bounded number of operators over all workers', () => {
    const workers = roster(10, 5);
    const three = { operators: { x: {}, y: {}, z: {} } };
    for (const name of ['a', 'b']) {
      workers.connect(helloOf(name), at(0));
      workers.report(name, reportOf(three), at(1));
    }
    expect(workers.get('a')?.snapshot?.operators).toHaveLength(3);
    expect(workers.get('b')?.snapshot).toMatchObject({ operatorsOmitted: 1 });
    workers.connect(helloOf('a', { session: 'new' }), at(2));
    workers.report('b', reportOf({ ...three, sequence: 2 }), at(3));
    expect(workers.get('b')?.snapshot?.operators, 'room that became free is used').toHaveLength(3);
  });

  it.each<[string, number, boolean]>([
    ['a peer that was started after the last report of a lost worker has taken its place', 2001, true],
    ['a peer that ran already when it still reported has only connected late', 1999, false],
    ['a peer of which it is not known counts by its connection', 0, true],
  ])('%s', (_, startedUnixMs, replaced) => {
    const workers = roster();
    workers.connect(helloOf('a'), at(0));
    workers.report('a', reportOf({ sentUnixMs: 2000 }), at(10));
    workers.connect(helloOf('b', { startedUnixNano: BigInt(startedUnixMs) * 1_000_000n }), at(20));
    expect(workers.disconnect('a', 'lost', at(30))?.departure?.replaced).toBe(replaced);
  });

  it.each<[string, number, boolean]>([
    ['started after its last report has taken its place', 2001, true],
    ['ran already when it still reported has only connected late', 1999, false],
  ])('a peer that connects when a worker is lost already and %s', (_, startedUnixMs, replaced) => {
    const workers = roster();
    workers.connect(helloOf('a'), at(0));
    workers.connect(helloOf('c'), at(1));
    workers.report('a', reportOf({ sentUnixMs: 2000 }), at(10));
    workers.disconnect('a', 'lost', at(30));
    workers.connect(helloOf('b', { startedUnixNano: BigInt(startedUnixMs) * 1_000_000n }), at(40));
    expect(workers.get('a')?.departure?.replaced).toBe(replaced);
  });

  it.each<[string, number, number, boolean]>([
    ['started after its last report, and the time of day was set back since', -3_600_000, 500, true],
    ['ran already when it still reported, and the time of day was set on since', 3_600_000, 15_000, false],
    ['was started after its last report, by all clocks', 0, 500, true],
  ])('a peer that %s', (_, setByMs, ranForMs, replaced) => {
    const workers = roster();
    workers.connect(helloOf('a'), at(0));
    workers.report('a', reportOf({ sentUnixMs: 5_000_000, monotonicMs: 1000 }), at(10_000));
    const sentMs = 5_010_000 + setByMs;
    const told = {
      sentUnixNano: BigInt(sentMs) * 1_000_000n,
      startedUnixNano: BigInt(sentMs - ranForMs) * 1_000_000n,
    };
    workers.connect(helloOf('b', told), at(20_000));
    expect(workers.disconnect('a', 'lost', at(20_010))?.departure?.replaced).toBe(replaced);
  });

  it('drops reports of workers that are away', () => {
    const workers = roster();
    expect(workers.report('a', reportOf({}), at(0))).toBeUndefined();
    workers.connect(helloOf('a'), at(0));
    workers.disconnect('a', 'lost', at(1));
    expect(workers.report('a', reportOf({}), at(2))).toBeUndefined();
  });
});
