import { describe, expect, it } from 'vitest';
import { assess } from '../../../../monitor/src/detect/assess.ts';
import { readReport } from '../../../../monitor/src/model/read-report.ts';
import { advance, connectWindow, readFacts, type WorkerWindow } from '../../../../monitor/src/model/worker-window.ts';
import { helloOf, limits, type OperatorWords, type ReportWords, reportOf } from '../../../support/story.ts';

/**
 * One row is one story, with the public issue it comes from. Every finding is asserted, not only the verdict. Changing what a
 * row expects needs an explanation.
 */
interface Row {
  readonly story: string;
  readonly origin: string;
  readonly report: ReportWords;
  /** `rule operator stage` per finding. */
  readonly findings: readonly string[];
  readonly victims?: readonly string[];
  readonly freePath?: boolean;
}

const chain = { 'walk>read': {}, 'read>enrich': {}, 'enrich>write': {} };

const rows: readonly Row[] = [
  {
    story: 'a handler whose promise never settles is stalled, and those it keeps waiting are victims',
    origin: 'taskforcesh/bullmq#652',
    report: {
      operators: {
        walk: { kind: 'source', state: 'backpressured' },
        read: { state: 'backpressured', inFlight: 1, markerAgeMs: 29_000, passedEpoch: 70 },
        enrich: { state: 'busy', heldMs: 30_000, inFlight: 16, passedEpoch: 70 },
        write: { kind: 'sink', state: 'idle', progressAgeMs: 30_000, passedEpoch: 70 },
      },
      edges: chain,
    },
    findings: ['operator-stalled enrich found'],
    victims: ['read', 'walk', 'write'],
    freePath: false,
  },
  {
    story: 'half of the threshold is a suspicion',
    origin: 'taskforcesh/bullmq#652',
    report: { operators: { enrich: { state: 'busy', heldMs: 15_000, inFlight: 1, completed: 9 } } },
    findings: ['operator-stalled enrich suspected'],
    freePath: true,
  },
  {
    story: 'just below half of the threshold nothing is said',
    origin: 'taskforcesh/bullmq#652',
    report: { operators: { enrich: { state: 'busy', heldMs: 14_999, inFlight: 1 } } },
    findings: [],
  },
  {
    story: 'a synchronous loop in an operator is one finding, and everybody with work is its victim',
    origin: 'taskforcesh/bullmq#3183',
    report: {
      operators: {
        walk: { kind: 'source', state: 'idle' },
        read: { state: 'busy', heldMs: 200, inFlight: 4 },
        enrich: { state: 'busy', heldMs: 20_000, inFlight: 1 },
        write: { kind: 'sink', state: 'busy', heldMs: 200, inFlight: 2 },
        other: { state: 'idle' },
      },
      edges: chain,
      loop: { silentMs: 20_000, blockedMs: 20_000, running: 'enrich' },
    },
    findings: ['loop-blocked enrich found'],
    victims: ['read', 'walk', 'write'],
    freePath: false,
  },
  {
    story: 'operators of worker threads go on beside a blocked main thread, and may stall by themselves',
    origin: 'design',
    report: {
      operators: {
        spin: { state: 'busy', heldMs: 40_000, inFlight: 1 },
        goes: { state: 'busy', heldMs: 4, inFlight: 1, thread: 1 },
        hangs: { state: 'busy', heldMs: 40_000, inFlight: 1, thread: 2 },
      },
      loop: { silentMs: 40_000, blockedMs: 40_000, running: 'spin' },
    },
    findings: ['loop-blocked spin found', 'operator-stalled hangs found'],
    victims: [],
  },
  {
    story: 'an operator that had stalled long before the loop was blocked stays stalled beside it',
    origin: 'taskforcesh/bullmq#3183',
    report: {
      operators: {
        a: { state: 'busy', heldMs: 31_000, inFlight: 1 },
        b: { state: 'busy', heldMs: 2000, inFlight: 1 },
      },
      loop: { silentMs: 2000, blockedMs: 2000, running: 'b' },
    },
    findings: ['loop-blocked b found', 'operator-stalled a found'],
  },
  {
    story: 'a loop that was silent before it had ever turned is no finding: modules are being loaded',
    origin: 'getsentry/sentry-javascript#23178',
    report: { operators: {}, loop: { silentMs: 9000, blockedMs: 0 } },
    findings: [],
  },
  {
    story: 'a process that was stopped as a whole has no blocked loop',
    origin: 'livekit/agents host rule',
    report: { operators: { a: { state: 'idle' } }, loop: { silentMs: 60_000, blockedMs: 60_000, agentGapMs: 59_900 } },
    findings: [],
  },
  {
    story: 'a program that its developer has paused in a debugger has no blocked loop, and nobody in it stalls',
    origin: 'streamgauge N19',
    report: {
      operators: { a: { state: 'busy', heldMs: 60_000, inFlight: 1 } },
      loop: { silentMs: 60_000, blockedMs: 60_000, running: 'a', debuggerPaused: true },
    },
    findings: [],
  },
  {
    story: 'a blocked loop without a known operator is found all the same',
    origin: 'nodejs/node#9337',
    report: { operators: { a: { state: 'idle' } }, loop: { silentMs: 1000, blockedMs: 1000 } },
    findings: ['loop-blocked  found'],
  },
  {
    story: 'a sink that takes no more is the culprit, everyone upstream a victim and none a culprit',
    origin: 'vectordotdev/vector#24641',
    report: {
      operators: {
        walk: { kind: 'source', state: 'backpressured', progressAgeMs: 40_000 },
        read: { state: 'backpressured', heldMs: 40_000, inFlight: 16 },
        enrich: { state: 'backpressured', heldMs: 40_000, inFlight: 16 },
        write: { kind: 'sink', state: 'busy', heldMs: 40_000, inFlight: 16 },
      },
      edges: { ...chain, 'enrich>write': { queued: 16 } },
    },
    findings: ['operator-stalled write found'],
    victims: ['enrich', 'read', 'walk'],
  },
  {
    story: 'an operator that waits for room in its own code looks busy and is still a victim',
    origin: 'nodejs/node#36674',
    report: {
      operators: {
        copy: { state: 'busy', heldMs: 40_000, inFlight: 1 },
        sink: { kind: 'sink', state: 'busy', heldMs: 40_000, inFlight: 16 },
      },
      edges: { 'copy>sink': { queued: 16 } },
    },
    findings: ['operator-stalled sink found'],
    victims: ['copy'],
  },
  {
    story: 'a full FIFO in front of an idle taker is an old number and hides no culprit',
    origin: 'nodejs/node#49052',
    report: {
      operators: {
        parse: { state: 'busy', heldMs: 40_000, inFlight: 1 },
        sink: { kind: 'sink', state: 'idle', progressAgeMs: 40_000, passedEpoch: 60 },
      },
      edges: { 'parse>sink': { queued: 16 } },
    },
    findings: ['operator-stalled parse found'],
    victims: ['sink'],
  },
  {
    story: 'two operators on one path that both hold while nothing is full between them are both culprits',
    origin: 'design',
    report: {
      operators: {
        a: { state: 'busy', heldMs: 40_000, inFlight: 1 },
        b: { state: 'busy', heldMs: 35_000, inFlight: 1 },
      },
      edges: { 'a>b': { queued: 1 } },
    },
    findings: ['operator-stalled a found', 'operator-stalled b found'],
    victims: [],
  },
  {
    story: 'one dead branch of two is found, the other one and the job go on',
    origin: 'nodejs/node#40685',
    report: {
      operators: {
        src: { kind: 'source', state: 'backpressured' },
        sinkA: { kind: 'sink', state: 'idle', progressAgeMs: 100, completed: 9 },
        sinkB: { kind: 'sink', state: 'busy', heldMs: 31_000, inFlight: 16 },
      },
      edges: { 'src>sinkA': {}, 'src>sinkB': { queued: 16 } },
    },
    findings: ['operator-stalled sinkB found'],
    victims: ['src'],
    freePath: true,
  },
  {
    story: 'a path that never carried a record is no proof that the job goes on',
    origin: 'design',
    report: {
      operators: {
        src: { kind: 'source', state: 'backpressured' },
        sink: { kind: 'sink', state: 'busy', heldMs: 31_000, inFlight: 16, completed: 9 },
        stdin: { kind: 'source' },
        log: { kind: 'sink' },
        stray: { kind: 'sink', completed: 3 },
      },
      edges: { 'src>sink': { queued: 16 }, 'stdin>log': {} },
    },
    findings: ['operator-stalled sink found'],
    victims: ['src'],
    freePath: false,
  },
  {
    story: 'a consumer that pulls one record a minute on purpose makes no stall',
    origin: 'ray-project/ray#65349',
    report: {
      operators: {
        src: { kind: 'source', state: 'backpressured', progressAgeMs: 50_000 },
        map: { state: 'backpressured', heldMs: 0, inFlight: 16, markerAgeMs: 50_000, progressAgeMs: 50_000 },
      },
      edges: { 'src>map': { queued: 16 } },
    },
    findings: [],
  },
  {
    story: 'an hour without input is idle',
    origin: 'linkedin/Burrow#38',
    report: {
      operators: {
        src: { kind: 'source', state: 'idle', progressAgeMs: 3_600_000 },
        sink: { kind: 'sink', state: 'idle', progressAgeMs: 3_600_000 },
      },
      edges: { 'src>sink': {} },
    },
    findings: [],
  },
  {
    story: 'one idle partition of many is idle, not stalled',
    origin: 'linkedin/Burrow#94',
    report: {
      operators: {
        p1: { kind: 'source', state: 'idle', progressAgeMs: 900_000 },
        p2: { kind: 'source', state: 'busy', heldMs: 5, inFlight: 1 },
        sink: { kind: 'sink', state: 'busy', heldMs: 2, inFlight: 1 },
      },
      edges: { 'p1>sink': {}, 'p2>sink': {} },
    },
    findings: [],
  },
  {
    story: 'a consumer paused for a rebalance is paused, whatever it holds',
    origin: 'platformatic/kafka#374',
    report: { operators: { handle: { state: 'paused', heldMs: 60_000, inFlight: 5, markerAgeMs: 60_000 } } },
    findings: [],
  },
  {
    story: 'a source that looks busy without a record is a source that waits',
    origin: 'linkedin/Burrow#38',
    report: { operators: { src: { kind: 'source', state: 'busy', heldMs: 60_000 } } },
    findings: [],
  },
  {
    story: 'a source that counts what it has read ahead as in flight is no stall either',
    origin: 'linkedin/Burrow#38',
    report: { operators: { src: { kind: 'source', state: 'busy', heldMs: 60_000, inFlight: 5 } } },
    findings: [],
  },
  {
    story: 'a loop that does not count as blocked is not found because something else is suspected',
    origin: 'getsentry/sentry-javascript#23178',
    report: {
      operators: { a: { state: 'busy', heldMs: 16_000, inFlight: 1 } },
      loop: { silentMs: 9000, blockedMs: 0 },
    },
    findings: ['operator-stalled a suspected'],
  },
  {
    story: 'a culprit upstream of another one is not its victim, even with a marker held up in front of it',
    origin: 'design',
    report: {
      operators: {
        b: { state: 'busy', heldMs: 35_000, inFlight: 1 },
        a: { state: 'busy', heldMs: 40_000, inFlight: 1, markerAgeMs: 39_000 },
      },
      edges: { 'a>b': { queued: 1 } },
    },
    findings: ['operator-stalled b found', 'operator-stalled a found'],
    victims: [],
  },
  {
    story: 'an operator that is busy with nothing in hand has nothing to be late with',
    origin: 'AgEnD#97',
    report: { operators: { map: { state: 'busy', heldMs: 60_000 } } },
    findings: [],
  },
  {
    story: 'a flush that never calls back is a stall at the end of input',
    origin: 'elastic/logstash ShutdownWatcher',
    report: {
      operators: {
        src: { kind: 'source', state: 'ended', passedEpoch: 'finished' },
        gather: { state: 'busy', heldMs: 31_000, passedEpoch: 70 },
      },
      edges: { 'src>gather': { closed: true } },
    },
    findings: ['operator-stalled gather found'],
    victims: [],
  },
  {
    story: 'an operator that hangs on its very first record is found like any other',
    origin: 'apache/beam#36022',
    report: { operators: { init: { state: 'busy', heldMs: 30_000, inFlight: 1, completed: 0, passedEpoch: 0 } } },
    findings: ['operator-stalled init found'],
  },
  {
    story: 'a function operator whose hundred calls all hang is stalled',
    origin: 'Flink AsyncWaitOperator',
    report: { operators: { fetch: { kind: 'function', state: 'busy', heldMs: 30_000, inFlight: 100 } } },
    findings: ['operator-stalled fetch found'],
  },
  {
    story: 'a loop in the graph ends no walk and blames nobody twice',
    origin: 'design',
    report: {
      operators: {
        a: { state: 'backpressured', inFlight: 1 },
        b: { state: 'busy', heldMs: 30_000, inFlight: 1 },
      },
      edges: { 'a>b': { queued: 16 }, 'b>a': { back: true, queued: 16 } },
    },
    findings: ['operator-stalled b found'],
    victims: ['a'],
  },
  {
    story: 'two operators that feed each other without a declared back edge end the walk, too',
    origin: 'design',
    report: {
      operators: { a: { state: 'backpressured', inFlight: 1 }, b: { state: 'busy', heldMs: 30_000, inFlight: 1 } },
      edges: { 'a>b': {}, 'b>a': {} },
    },
    findings: ['operator-stalled b found'],
    victims: ['a'],
  },
  {
    story: 'a full FIFO that is closed keeps nobody waiting',
    origin: 'design',
    report: {
      operators: { a: { state: 'busy', heldMs: 40_000, inFlight: 1 }, b: { state: 'busy', heldMs: 9, inFlight: 1 } },
      edges: { 'a>b': { queued: 16, closed: true } },
    },
    findings: ['operator-stalled a found'],
  },
  {
    story: 'a FIFO of unknown size is not taken for a full one',
    origin: 'design',
    report: {
      operators: { a: { state: 'busy', heldMs: 40_000, inFlight: 1 }, b: { state: 'busy', heldMs: 9, inFlight: 1 } },
      edges: { 'a>b': { queued: 16, capacity: 0 } },
    },
    findings: ['operator-stalled a found'],
  },
  {
    story: 'waiting for room in front of an operator that has ended is the waiter’s own mistake',
    origin: 'nodejs/node#36674',
    report: {
      operators: { a: { state: 'busy', heldMs: 40_000, inFlight: 1 }, b: { state: 'ended' } },
      edges: { 'a>b': { queued: 16 } },
    },
    findings: ['operator-stalled a found'],
  },
  {
    story: 'an operator that has passed the end of its input and is still busy is in nobody’s way',
    origin: 'design',
    report: {
      operators: {
        src: { kind: 'source', state: 'ended' },
        a: { state: 'busy', heldMs: 40_000, passedEpoch: 'finished' },
      },
      edges: { 'src>a': { closed: true } },
    },
    findings: [],
  },
  {
    story:
      'paused and ended operators in front of a culprit, and one behind it that has just had a record, are no victims',
    origin: 'design',
    report: {
      operators: {
        paused: { state: 'paused', markerAgeMs: 39_000 },
        ended: { state: 'ended', markerAgeMs: 39_000 },
        a: { state: 'busy', heldMs: 40_000, inFlight: 1 },
        fed: { kind: 'sink', state: 'idle', passedEpoch: 70, progressAgeMs: 900 },
      },
      edges: { 'paused>a': {}, 'ended>a': {}, 'a>fed': {} },
    },
    findings: ['operator-stalled a found'],
    victims: [],
  },
];

function windowOf(report: ReportWords): WorkerWindow {
  const at = { monotonicMs: 1_000_000, unixMs: 1_767_323_045_000 };
  return advance(
    connectWindow(readFacts(helloOf('w1')), at, undefined),
    readReport(reportOf(report), 1000, { ownJob: 'index' }),
    at,
  );
}

describe('the rules of detection', () => {
  for (const row of rows) {
    it(`${row.story} (${row.origin})`, () => {
      const answer = assess(windowOf(row.report), 1_000_000, limits);
      expect(answer.findings.map(({ rule, operator, stage }) => `${rule} ${operator} ${stage}`)).toEqual(row.findings);
      if (row.victims !== undefined) {
        expect(answer.findings[0]?.victims.map(({ operator }) => operator)).toEqual(row.victims);
      }
      if (row.freePath !== undefined) expect(answer.closedJobs).toEqual(row.freePath ? [] : ['index']);
      expect(answer.undecided.size).toBe(0);
    });
  }

  describe('about an output that nobody reads, after so many seconds', () => {
    const tail = { state: 'backpressured', unread: true, inFlight: 16, completed: 16 } as const;
    it.each<[string, number, (second: number) => OperatorWords, readonly string[]]>([
      ['less than half of the threshold', 14, () => tail, []],
      ['half of the threshold', 16, () => tail, ['suspected warning']],
      ['the threshold', 31, () => tail, ['found warning']],
      ['twice the threshold', 61, () => tail, ['found error']],
      ['a reader is attached and takes nothing yet', 61, () => ({ ...tail, unread: false }), []],
      ['records go on', 61, (second) => ({ ...tail, completed: 16 + second }), []],
      ['its output has room again', 61, () => ({ ...tail, state: 'idle' }), []],
      ['it was read in between', 61, (second) => ({ ...tail, unread: second !== 50 }), []],
    ])('%s: %i', (_, seconds, words, expected) => {
      let window = windowOf({ operators: { tail: words(0) }, monotonicMs: 0, sequence: 1 });
      for (let second = 1; second <= seconds; second += 1) {
        const report = reportOf({
          operators: { tail: words(second) },
          monotonicMs: second * 1000,
          sequence: second + 1,
        });
        window = advance(window, readReport(report, 1000), { monotonicMs: 1_000_000, unixMs: 0 });
      }
      const { findings } = assess(window, 1_000_000, limits);
      expect(findings.map(({ stage, severity }) => `${stage} ${severity}`)).toEqual(expected);
    });
  });

  describe('about a worker that is away', () => {
    const at = { monotonicMs: 0, unixMs: 0 };
    const away = { how: 'lost', at, awayMs: 5000, countedAtMs: 0, peers: 1, replaced: false, parting: null } as const;
    const fault = {
      session: 's',
      name: 'TypeError',
      message: '',
      frames: [],
      operatorId: 0,
      operator: '',
      job: 'index',
      exitCode: 1,
    };
    const failure = { ...fault, at, reportsReceived: 1 };
    it.each<[string, Partial<WorkerWindow>, readonly string[]]>([
      ['lost for long enough', { departure: away }, ['worker-lost']],
      ['lost for a moment', { departure: { ...away, awayMs: 4999 } }, []],
      ['gone with a goodbye', { departure: { ...away, how: 'left' } }, []],
      ['lost, and another one in its place', { departure: { ...away, replaced: true } }, []],
      ['failed', { departure: { ...away, how: 'left' }, failure }, ['failure']],
      ['failed, and another one in its place', { departure: { ...away, how: 'left', replaced: true }, failure }, []],
    ])('%s', (_, state, expected) => {
      const window = { ...windowOf({ operators: {} }), ...state };
      expect(assess(window, 1_000_000, limits).findings.map(({ rule }) => rule)).toEqual(expected);
    });
  });

  it('says when the standstill began: the receipt of the report minus the age it tells', () => {
    const window = windowOf({
      operators: { a: { state: 'busy', heldMs: 31_250, inFlight: 1, progressAgeMs: 3_600_000 } },
    });
    const [finding] = assess(window, 1_000_900, limits).findings;
    expect(finding?.sinceUnixMs).toBe(1_767_323_045_000 - 31_250);
    expect(finding?.heldMs).toBe(31_250);
  });

  it('decides nothing on a report that is older than two intervals', () => {
    const window = windowOf({ operators: { a: { state: 'busy', heldMs: 60_000, inFlight: 1 } }, intervalMs: 1000 });
    expect(assess(window, 1_002_000, limits).findings).toHaveLength(1);
    const late = assess(window, 1_002_001, limits);
    expect(late.findings).toEqual([]);
    expect([...late.undecided].sort()).toEqual([
      'connection-lost',
      'loop-blocked',
      'nobody-reads',
      'operator-stalled',
      'record-stuck',
    ]);
  });

  it('names what the worker could not track', () => {
    const window = windowOf({ operators: { a: { state: 'busy', heldMs: 60_000, inFlight: 1 } }, droppedOperators: 3 });
    const [finding] = assess(window, 1_000_000, limits).findings;
    expect(finding?.missing).toEqual(["3 operators are not tracked because the worker's board was full."]);
  });

  describe('where a stalled operator has put its record', () => {
    const held = { state: 'busy', heldMs: 40_000, inFlight: 1, progressAgeMs: 40_000 } as const;
    const silent = { kind: 'sink', state: 'idle', completed: 900, progressAgeMs: 40_000, passedEpoch: 70 } as const;
    const into = { 'write>socket': {} };

    it.each<[string, ReportWords, string]>([
      [
        'a sink and the connection it has written into',
        { operators: { write: { ...held, kind: 'sink' }, socket: silent }, edges: into },
        'socket',
      ],
      [
        'a sink after an idle hour: the write came with the record it holds',
        { operators: { write: { ...held, kind: 'sink', progressAgeMs: 3_600_000 }, socket: silent }, edges: into },
        'socket',
      ],
      [
        'a connection that was written into long before the record was taken',
        {
          operators: {
            write: { ...held, kind: 'sink', progressAgeMs: 3_600_000 },
            socket: { ...silent, progressAgeMs: 900_000 },
          },
          edges: into,
        },
        '',
      ],
      [
        'a connection that goes on being written into, as by a keep-alive',
        { operators: { write: { ...held, kind: 'sink' }, socket: { ...silent, progressAgeMs: 900 } }, edges: into },
        '',
      ],
      [
        'a connection that others write into as well',
        {
          operators: { write: { ...held, kind: 'sink' }, socket: silent, log: { state: 'idle' } },
          edges: { ...into, 'log>socket': {} },
        },
        '',
      ],
      [
        'a connection that nothing was ever written into',
        { operators: { write: { ...held, kind: 'sink' }, socket: { ...silent, completed: 0 } }, edges: into },
        '',
      ],
      [
        'a connection that is closed',
        {
          operators: { write: { ...held, kind: 'sink' }, socket: silent },
          edges: { 'write>socket': { closed: true } },
        },
        '',
      ],
      [
        'a transform: its output leaves after its record is done',
        { operators: { write: held, socket: silent }, edges: into },
        '',
      ],
      [
        'a transform in front of a connection that is stuck for reasons of its own',
        { operators: { write: held, socket: { ...held, kind: 'sink' } }, edges: into },
        '',
      ],
      [
        'a function that has written since its last completion',
        { operators: { write: { ...held, kind: 'function', progressAgeMs: 60_000 }, socket: silent }, edges: into },
        'socket',
      ],
      [
        'a function that may have written its last result',
        { operators: { write: { ...held, kind: 'function' }, socket: silent }, edges: into },
        '',
      ],
      [
        'a connection that takes no more, whoever else writes into it',
        {
          operators: { write: { ...held, kind: 'sink' }, socket: { ...held, kind: 'sink' }, log: { state: 'idle' } },
          edges: { ...into, 'log>socket': {} },
        },
        'socket blocked',
      ],
      [
        'a connection that has just begun to be busy',
        {
          operators: {
            write: { ...held, kind: 'sink' },
            socket: { ...held, kind: 'sink', heldMs: 500, progressAgeMs: 500 },
          },
          edges: into,
        },
        '',
      ],
    ])('%s', (_, report, expected) => {
      const finding = assess(windowOf(report), 1_000_000, limits).findings.find(({ operator }) => operator === 'write');
      const told = finding?.outlets?.map(({ operator, blocked }) => (blocked ? `${operator} blocked` : operator));
      expect(told?.join(' ')).toBe(expected);
      // Whoever has taken the record does not wait for its giver.
      if (expected !== '') expect(finding?.victims).toEqual([]);
    });
  });
});
