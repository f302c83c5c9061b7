import { create, LifecycleSchema, WorkerState } from '@streamgauge/proto';
import { expect, test } from 'vitest';
import { assess } from '../../../../monitor/src/detect/assess.ts';
import { readReport } from '../../../../monitor/src/model/read-report.ts';
import { endWindow } from '../../../../monitor/src/model/worker-failure.ts';
import { advance, connectWindow, readFacts, type WorkerWindow } from '../../../../monitor/src/model/worker-window.ts';
import { helloOf, limits, type ReportWords, reportOf } from '../../../support/story.ts';

interface Row {
  readonly story: string;
  readonly report: ReportWords;
  /** Operators that the worker says it has left; undefined: its loop did not run dry. */
  readonly unfinished: readonly number[] | undefined;
  readonly exitCode?: number;
  /** `rule type operator` per finding. */
  readonly findings: readonly string[];
  readonly victims?: readonly string[];
}

const chain = { 'walk>read': {}, 'read>enrich': {}, 'enrich>write': {} };
const before = {
  walk: { kind: 'source', state: 'backpressured' },
  read: { state: 'backpressured', inFlight: 1, markerAgeMs: 20, passedEpoch: 99 },
} as const;
const held = {
  operators: {
    ...before,
    enrich: { state: 'busy', heldMs: 10, inFlight: 1, markerAgeMs: 20, passedEpoch: 99 },
    write: { kind: 'sink', state: 'idle', progressAgeMs: 10, passedEpoch: 99 },
  },
  edges: chain,
} as const;
const done = { state: 'ended', passedEpoch: 'finished' } as const;
const finished = { operators: { walk: { ...done, kind: 'source' }, read: done, enrich: done }, edges: chain } as const;

const rows: readonly Row[] = [
  {
    story: 'a callback that was lost: no threshold, because nothing could have called it any more',
    report: held,
    unfinished: [3],
    findings: ['left-undone stall enrich'],
    victims: ['read', 'walk', 'write'],
  },
  {
    story: 'the exit code 13 of Node.js is no second incident',
    report: held,
    unfinished: [3],
    exitCode: 13,
    findings: ['left-undone stall enrich'],
  },
  {
    story: 'a flush that does not call back, after the input has ended',
    report: {
      operators: { read: { ...done, kind: 'source' }, enrich: { state: 'busy', heldMs: 10 } },
      edges: { 'read>enrich': { closed: true } },
    },
    unfinished: [2],
    findings: ['left-undone stall enrich'],
  },
  {
    story: 'the last stream of a pipeline is a transform that nobody reads (nodejs/node#40685)',
    report: {
      operators: { ...before, tail: { state: 'backpressured', unread: true, inFlight: 16, progressAgeMs: 80 } },
      edges: { 'walk>read': { queued: 16 }, 'read>tail': { queued: 16 } },
    },
    unfinished: [3],
    findings: ['left-undone backpressure tail'],
    victims: ['read', 'walk'],
  },
  {
    story: 'beside an operator that holds a record, a full output is not to blame',
    report: {
      operators: {
        ...held.operators,
        tail: { state: 'backpressured', unread: true, inFlight: 16 },
      },
      edges: { ...chain, 'read>tail': {} },
    },
    unfinished: [3, 5],
    findings: ['left-undone stall enrich'],
  },
  {
    story: 'who looks busy and waits for room behind it is a victim',
    report: {
      operators: {
        read: { state: 'busy', inFlight: 1, heldMs: 90 },
        enrich: { state: 'busy', inFlight: 16, heldMs: 90 },
      },
      edges: { 'read>enrich': { queued: 16, capacity: 16 } },
    },
    unfinished: [2, 1],
    findings: ['left-undone stall enrich'],
    victims: ['read'],
  },
  { story: 'process.exit() or a signal in the middle of the flow', report: held, unfinished: undefined, findings: [] },
  {
    story: 'process.exit(1) in the middle of the flow is a bad exit code and no more',
    report: held,
    unfinished: undefined,
    exitCode: 1,
    findings: ['failure failure '],
  },
  { story: 'a pipeline that has come to its end', report: finished, unfinished: [], findings: [] },
  {
    story: 'an idle source, and what waits for it',
    report: { operators: { read: { kind: 'source' }, write: { kind: 'sink' } }, edges: { 'read>write': {} } },
    unfinished: [],
    findings: [],
  },
  {
    story: 'a bad exit code with nothing pending stays a failure',
    report: finished,
    unfinished: [],
    exitCode: 13,
    findings: ['failure failure '],
  },
  { story: 'an operator that went on after the loop had run dry', report: held, unfinished: [], findings: [] },
  {
    story: 'an output that was read in part, or that has given everything: the worker does not name it',
    report: { operators: { ...before, tail: { state: 'backpressured', unread: true, inFlight: 16 } }, edges: chain },
    unfinished: [],
    findings: [],
  },
  {
    story: 'a full output for which nobody has more',
    report: { operators: { tail: { state: 'backpressured', unread: true } } },
    unfinished: [1],
    findings: [],
  },
  {
    story: 'operators that no report has shown',
    report: {},
    unfinished: [7],
    exitCode: 13,
    findings: ['failure failure '],
  },
];

const at = { monotonicMs: 1_000_000, unixMs: 1_767_323_045_000 };

test.each(rows)('$story', ({ report, unfinished, exitCode = 0, findings, victims }) => {
  const answer = assess(windowOf(report, unfinished, exitCode), at.monotonicMs, limits).findings;
  const judged = answer.filter(({ rule }) => rule === 'left-undone' || rule === 'failure');
  expect(judged.map(({ rule, type, operator }) => `${rule} ${type} ${operator}`)).toEqual(findings);
  if (victims !== undefined) expect(judged[0]?.victims.map(({ operator }) => operator)).toEqual(victims);
});

test('the standstill began when the operator took its record, and not when the process ended', () => {
  const [finding] = assess(windowOf(held, [3], 0), at.monotonicMs, limits).findings;
  expect(finding).toMatchObject({ heldMs: 10, sinceUnixMs: at.unixMs - 10, stage: 'found', severity: 'error' });
});

function windowOf(report: ReportWords, unfinished: readonly number[] | undefined, exitCode: number): WorkerWindow {
  const connected = connectWindow(readFacts(helloOf('w1')), at, undefined);
  const window = advance(connected, readReport(reportOf(report), 1000), at);
  const lifecycle = create(LifecycleSchema, {
    state: exitCode === 0 ? WorkerState.FINISHED : WorkerState.FAILED,
    exitCode,
    drained: unfinished !== undefined,
    unfinishedOperatorIds: [...(unfinished ?? [])],
  });
  return endWindow(window, lifecycle, exitCode !== 0, at);
}
