import { describe, expect, it } from 'vitest';
import { assess } from '../../../../monitor/src/detect/assess.ts';
import { stuckThresholdMs } from '../../../../monitor/src/detect/stall-threshold.ts';
import { advanceHistory, emptyHistory, type OperatorHistory } from '../../../../monitor/src/model/operator-history.ts';
import { readReport } from '../../../../monitor/src/model/read-report.ts';
import { advance, connectWindow, readFacts, type WorkerWindow } from '../../../../monitor/src/model/worker-window.ts';
import { helloOf, limits, type OperatorWords, type ReportWords, reportOf } from '../../../support/story.ts';

/** One story about steps of consumers and producers; near-misses stand beside what they nearly are. */
interface Row {
  readonly story: string;
  readonly report: ReportWords;
  /** `rule operator stage severity` per finding. */
  readonly findings: readonly string[];
  /** Of all findings. */
  readonly victims?: readonly string[];
  /** Of the first finding. */
  readonly facts?: Readonly<Record<string, number | string | boolean>>;
}

const consumer = { 'fetch>deliver': {}, 'deliver>handle': {}, 'handle>commit': {} };
const orders = [{ operator: 'fetch', direction: 'in', channel: 'redis-stream/orders' }] as const;
const quiet: OperatorWords = { state: 'idle', progressAgeMs: 40_000 };
const held: OperatorWords = { state: 'busy', heldMs: 30_000, inFlight: 1 };

const lost: readonly Row[] = [
  {
    story: 'a consumer that is cut off is one finding of its fetch, whatever else is cut off or waits with it',
    report: {
      operators: {
        fetch: { ...quiet, kind: 'source', leg: 'fetch', disconnectedMs: 30_000, lastFailure: 'connect ECONNREFUSED' },
        deliver: { ...quiet, leg: 'deliver' },
        handle: { ...quiet, leg: 'handle' },
        commit: { state: 'busy', heldMs: 32_000, inFlight: 3, leg: 'commit', disconnectedMs: 29_000 },
      },
      edges: consumer,
      ports: orders,
    },
    findings: ['connection-lost fetch found error'],
    victims: ['commit', 'deliver', 'handle'],
    facts: { system: 'redis-stream', channel: 'orders', leg: 'fetch', lastFailure: 'connect ECONNREFUSED' },
  },
  {
    story: 'half of the threshold is a suspicion, and less says nothing',
    report: { operators: { fetch: { leg: 'fetch', disconnectedMs: 15_000 }, late: { disconnectedMs: 14_000 } } },
    findings: ['connection-lost fetch suspected error'],
  },
  {
    story: 'a connection that comes back in time is nothing',
    report: { operators: { fetch: { leg: 'fetch', disconnectedMs: 14_999 } } },
    findings: [],
  },
  {
    story: 'the longest away decides how long, the fetch speaks all the same',
    report: {
      operators: {
        commit: { leg: 'commit', disconnectedMs: 31_000 },
        send: { leg: 'produce', disconnectedMs: 30_000 },
        fetch: { leg: 'fetch', disconnectedMs: 2000 },
      },
    },
    findings: ['connection-lost fetch found error'],
    victims: ['send', 'commit'],
  },
  {
    story: 'without a fetch the producer speaks, and after it the commit',
    report: {
      operators: { other: { disconnectedMs: 31_000 }, commit: { leg: 'commit', disconnectedMs: 31_000 } },
    },
    findings: ['connection-lost commit found error'],
    victims: ['other'],
  },
  {
    story: 'two kinds of brokers are two lost connections',
    report: {
      operators: {
        fetch: { kind: 'source', leg: 'fetch', disconnectedMs: 31_000 },
        send: { kind: 'sink', leg: 'produce', disconnectedMs: 31_000 },
        commit: { leg: 'commit', disconnectedMs: 31_000 },
      },
      edges: { 'fetch>commit': {} },
      ports: [...orders, { operator: 'send', direction: 'out', channel: 'kafka/done/0' }],
    },
    findings: ['connection-lost fetch found error', 'connection-lost send found error'],
    victims: ['commit'],
  },
  {
    story: 'a handler that waits for a producer without connection is its victim, though it looks hung',
    report: {
      operators: {
        handle: { ...held, leg: 'handle' },
        send: { state: 'busy', heldMs: 30_000, inFlight: 1, kind: 'sink', leg: 'produce', disconnectedMs: 30_000 },
      },
      edges: { 'handle>send': {} },
    },
    findings: ['connection-lost send found error'],
    victims: ['handle'],
  },
  {
    story: 'a handler that had hung long before the connection went is still the one to look at',
    report: {
      operators: { handle: { ...held, leg: 'handle' }, send: { kind: 'sink', leg: 'produce', disconnectedMs: 2000 } },
      edges: { 'handle>send': {} },
    },
    findings: ['operator-stalled handle found error'],
  },
  {
    story: 'a handler that hangs by itself beside a lost connection is a finding of its own, and no victim',
    report: {
      operators: {
        fetch: { ...quiet, kind: 'source', leg: 'fetch', disconnectedMs: 31_000 },
        handle: { ...held, leg: 'handle' },
      },
      edges: { 'fetch>handle': {} },
    },
    findings: ['operator-stalled handle found error', 'connection-lost fetch found error'],
    victims: [],
  },
  {
    story: 'who gets records from elsewhere as well does not starve for the lost connection',
    report: {
      operators: {
        fetch: { ...quiet, kind: 'source', leg: 'fetch', disconnectedMs: 31_000 },
        timer: { ...quiet, kind: 'source' },
        handle: quiet,
      },
      edges: { 'fetch>handle': {}, 'timer>handle': {} },
    },
    findings: ['connection-lost fetch found error'],
    victims: [],
  },
  {
    story: 'a paused consumer misses nothing while it is cut off, and neither does one that has ended',
    report: {
      operators: {
        fetch: { state: 'paused', pauseReason: 'consumer.pause()', leg: 'fetch', disconnectedMs: 99_000 },
        old: { state: 'ended', leg: 'fetch', disconnectedMs: 99_000 },
      },
    },
    findings: [],
  },
  {
    story: 'what a blocked loop could not hear is not held against the broker',
    report: {
      operators: { fetch: { kind: 'source', leg: 'fetch', disconnectedMs: 31_000 } },
      loop: { silentMs: 31_000, blockedMs: 31_000 },
    },
    findings: ['loop-blocked  found error'],
  },
];

const legs: readonly Row[] = [
  {
    story: 'a fetch that gets nothing although messages wait, with nothing behind it, is stalled',
    report: {
      operators: {
        fetch: { ...held, kind: 'source', leg: 'fetch', pending: 7, inFlight: 0 },
        deliver: { ...quiet, leg: 'deliver' },
        handle: { ...quiet, leg: 'handle' },
      },
      edges: { 'fetch>deliver': {}, 'deliver>handle': {} },
    },
    findings: ['operator-stalled fetch found error'],
    victims: ['deliver', 'handle'],
    facts: { leg: 'fetch', pending: 7 },
  },
  {
    story: 'a fetch that waits for messages is a source that waits',
    report: { operators: { fetch: { ...held, kind: 'source', leg: 'fetch', pending: 0 } } },
    findings: [],
  },
  {
    story: 'a fetch that does not know what waits is a source that waits',
    report: { operators: { fetch: { ...held, kind: 'source', leg: 'fetch' } } },
    findings: [],
  },
  {
    story: 'another source with work outside is no fetch',
    report: { operators: { poll: { ...held, kind: 'source', pending: 7 } } },
    findings: [],
  },
  {
    story: 'a fetch that is idle is not blamed, whatever waits',
    report: { operators: { fetch: { ...quiet, kind: 'source', leg: 'fetch', pending: 7 } } },
    findings: [],
  },
  {
    story: 'a hung handler is the culprit, and the fetch and delivery in front of it are victims, busy as they look',
    report: {
      operators: {
        fetch: { ...held, heldMs: 40_000, kind: 'source', leg: 'fetch', pending: 7 },
        deliver: { ...held, heldMs: 35_000, leg: 'deliver' },
        handle: { ...held, leg: 'handle', oldestMs: 30_000, oldestKey: 'orders/3@1042' },
      },
      edges: { 'fetch>deliver': {}, 'deliver>handle': {} },
    },
    findings: ['operator-stalled handle found error'],
    victims: ['deliver', 'fetch'],
    facts: { oldestKey: 'orders/3@1042', oldestMs: 30_000, leg: 'handle' },
  },
  {
    story: 'a handler that waits for the answer to what it has sent is the victim of the step that has none',
    report: {
      operators: {
        handle: { ...held, heldMs: 31_000, leg: 'handle', markerAgeMs: 30_000 },
        send: { ...held, kind: 'sink', leg: 'produce' },
      },
      edges: { 'handle>send': {} },
    },
    findings: ['operator-stalled send found error'],
    victims: ['handle'],
  },
  {
    story: 'a handler that had hung long before somebody else sent something is still the one to look at',
    report: {
      operators: {
        handle: { ...held, leg: 'handle' },
        send: { ...held, heldMs: 14_000, kind: 'sink', leg: 'produce' },
      },
      edges: { 'handle>send': {} },
    },
    findings: ['operator-stalled handle found error'],
  },
  {
    story: 'a handler behind which everything sent is answered hangs by itself',
    report: {
      operators: { handle: { ...held, leg: 'handle' }, send: { ...quiet, kind: 'sink', leg: 'produce' } },
      edges: { 'handle>send': {} },
    },
    findings: ['operator-stalled handle found error'],
  },
  {
    story: 'a delivery that holds messages in front of an idle handler is stalled itself',
    report: {
      operators: { deliver: { ...held, leg: 'deliver' }, handle: { ...quiet, leg: 'handle' } },
      edges: { 'deliver>handle': {} },
    },
    findings: ['operator-stalled deliver found error'],
  },
  {
    story: 'nobody in front of a paused step is blamed, however much waits',
    report: {
      operators: {
        fetch: { ...held, kind: 'source', leg: 'fetch', pending: 700 },
        deliver: { ...held, leg: 'deliver' },
        handle: { state: 'paused', pauseReason: 'rate limit', leg: 'handle', inFlight: 3, oldestMs: 90_000 },
      },
      edges: { 'fetch>deliver': {}, 'deliver>handle': {} },
    },
    findings: [],
  },
  {
    story: 'a paused consumer with a growing lag is no incident',
    report: {
      operators: {
        fetch: { state: 'paused', kind: 'source', leg: 'fetch', pending: 1e6, pauseReason: 'consumer.pause()' },
        handle: quiet,
      },
      edges: { 'fetch>handle': {} },
      ports: orders,
    },
    findings: [],
  },
  {
    story: 'a commit that has unacknowledged messages and completes none is stalled',
    report: { operators: { commit: { ...held, inFlight: 0, leg: 'commit', pending: 3 } } },
    findings: ['operator-stalled commit found error'],
  },
  {
    story: 'an operator that is part of no consumer is not judged by work outside',
    report: { operators: { map: { ...held, inFlight: 0, pending: 3 } } },
    findings: [],
  },
];

const many: OperatorWords = { kind: 'function', state: 'busy', heldMs: 20, inFlight: 8, completed: 900 };
const stuckOne: OperatorWords = { ...many, oldestMs: 30_500, oldestKey: 'orders/3@1042', markerAgeMs: 30_000 };

const stuck: readonly Row[] = [
  {
    story: 'a record that stays while others go on is a warning that names it',
    report: { operators: { map: stuckOne, sink: { state: 'busy', completed: 900 } }, edges: { 'map>sink': {} } },
    findings: ['record-stuck map found warning'],
    victims: [],
    facts: { oldestKey: 'orders/3@1042', oldestMs: 30_500, markerAgeMs: 30_000 },
  },
  {
    story: 'it is an error when results leave in order, so that those behind starve',
    report: { operators: { map: stuckOne, sink: { ...quiet, passedEpoch: 70 } }, edges: { 'map>sink': {} } },
    findings: ['record-stuck map found error'],
    victims: ['sink'],
  },
  {
    story: 'half of the threshold is a suspicion',
    report: { operators: { map: { ...stuckOne, oldestMs: 16_000, markerAgeMs: 15_000 } } },
    findings: ['record-stuck map suspected warning'],
  },
  {
    story: 'another record is the oldest all the time: each takes long, and none is stuck',
    report: { operators: { map: { ...stuckOne, oldestForMs: 300 } } },
    findings: [],
  },
  {
    story: 'a record that others were older than is stuck since they are gone',
    report: { operators: { map: { ...stuckOne, oldestForMs: 30_100 } } },
    findings: ['record-stuck map found warning'],
  },
  {
    story: 'an old record that markers have passed since is none that precedes them',
    report: { operators: { map: { ...stuckOne, markerAgeMs: 400 } } },
    findings: [],
  },
  {
    story: 'nothing completes: that is a stall, and not a stuck record as well',
    report: { operators: { map: { ...stuckOne, heldMs: 30_500 } } },
    findings: ['operator-stalled map found error'],
  },
  {
    story: 'an idle operator has no oldest record',
    report: { operators: { map: { ...stuckOne, state: 'idle', inFlight: 0 } } },
    findings: [],
  },
  {
    story: 'a paused operator may hold what it wants',
    report: { operators: { map: { ...stuckOne, state: 'paused' } } },
    findings: [],
  },
  {
    story: 'an operator that cannot give away what it has done is not asked about its oldest record',
    report: {
      operators: { map: stuckOne, sink: { state: 'busy', inFlight: 16, completed: 3 } },
      edges: { 'map>sink': { queued: 16 } },
    },
    findings: [],
  },
  {
    story: 'in front of a stalled operator a record is old for that reason',
    report: { operators: { map: stuckOne, sink: { ...held, kind: 'sink' } }, edges: { 'map>sink': {} } },
    findings: ['operator-stalled sink found error'],
    victims: ['map'],
  },
];

function windowOf(report: ReportWords): WorkerWindow {
  const at = { monotonicMs: 1_000_000, unixMs: 1_767_323_045_000 };
  return advance(connectWindow(readFacts(helloOf('w1')), at, undefined), readReport(reportOf(report), 1000), at);
}

describe.each([
  ['a lost connection', lost],
  ['the steps of a consumer', legs],
  ['one stuck record of several', stuck],
])('the rules about %s', (_, rows) => {
  it.each(rows)('$story', ({ report, findings, victims, facts }) => {
    const found = assess(windowOf(report), 1_000_000, limits).findings;
    expect(found.map(({ rule, operator, stage, severity }) => `${rule} ${operator} ${stage} ${severity}`)).toEqual(
      findings,
    );
    const waiting = found.flatMap((finding) => finding.victims.map(({ operator }) => operator));
    if (victims !== undefined) expect(waiting).toEqual(victims);
    if (facts !== undefined) expect(found[0]?.facts).toMatchObject(facts);
  });
});

describe('what is usual for the oldest record of an operator', () => {
  const operator = (words: OperatorWords) => {
    const [read] = readReport(reportOf({ operators: { a: words } }), 1).operators;
    if (read === undefined) throw new Error('no operator');
    return read;
  };
  const step = (before: OperatorWords, now: OperatorWords, history: OperatorHistory = emptyHistory) =>
    advanceHistory(history, operator(before), operator(now), 1000, 1000);

  it('is the age at which a record left that had been the oldest in more than one report', () => {
    expect(step({ oldestMs: 44_000 }, { oldestMs: 300 }).oldestAgesMs).toEqual([44_000]);
    expect(step({ oldestMs: 44_000 }, { oldestMs: 45_000 }).oldestAgesMs, 'the same one').toEqual([]);
    expect(step({ oldestMs: 44_000, oldestKey: 'a' }, { oldestMs: 44_990, oldestKey: 'b' }).oldestAgesMs).toEqual([
      44_000,
    ]);
    expect(step({ oldestMs: 900 }, { oldestMs: 3 }).oldestAgesMs, 'quick ones say nothing').toEqual([]);
  });

  it('raises the threshold for operators of which some records take long', () => {
    const usual = (ages: readonly number[]): number => stuckThresholdMs({ oldestAgesMs: ages }, limits);
    expect([usual([]), usual([45_000]), usual([2000, 2000, 2000, 45_000]), usual([1e9])]).toEqual([
      30_000, 67_500, 30_000, 300_000,
    ]);
  });

  it('keeps an operator with legitimately long records from being warned of', () => {
    const long = { ...many, oldestMs: 44_000, oldestKey: 'a', markerAgeMs: 44_000 };
    let window = windowOf({ operators: { map: long }, sequence: 1 });
    const next = { operators: { map: { ...long, oldestMs: 44_500, oldestKey: 'b' } }, sequence: 2, monotonicMs: 2000 };
    expect(assess(window, 1_000_000, limits).findings).toHaveLength(1);
    window = advance(window, readReport(reportOf(next), 10), { monotonicMs: 1_000_000, unixMs: 0 });
    expect(assess(window, 1_000_000, limits).findings.map(({ stage }) => stage)).toEqual(['suspected']);
  });

  it('lets a request for messages that is refused again and again count as work, and one that waits as none', () => {
    const fetch: OperatorWords = { kind: 'source', leg: 'fetch', state: 'busy', heldMs: 30_000 };
    const found = (before: OperatorWords, now: OperatorWords): string[] => {
      const first = windowOf({ operators: { fetch: { ...fetch, ...before } }, sequence: 1 });
      const report = reportOf({ operators: { fetch: { ...fetch, ...now } }, sequence: 2, monotonicMs: 2000 });
      const window = advance(first, readReport(report, 10), { monotonicMs: 1_000_000, unixMs: 0 });
      return assess(window, 1_000_000, limits).findings.map(({ rule, stage }) => `${rule} ${stage}`);
    };
    const refused = { inFlight: 1 };
    expect(found({ ...refused, failures: 1 }, { ...refused, failures: 4 })).toEqual(['operator-stalled found']);
    expect(found({ failures: 1 }, { failures: 4 }), 'it is answered by now').toEqual([]);
    expect(found({ ...refused, failures: 4 }, { ...refused, failures: 5, completed: 1 }), 'it has got on').toEqual([]);
  });

  it('counts failures since the last completion', () => {
    const failed = step({ failures: 2 }, { failures: 5 });
    expect(failed.failuresSinceProgress).toBe(3);
    expect(step({ failures: 5 }, { failures: 6, completed: 1 }, failed).failuresSinceProgress).toBe(0);
  });
});
