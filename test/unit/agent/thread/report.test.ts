import { OperatorKind, OperatorState as State, Unit } from '@streamgauge/proto';
import { expect, test } from 'vitest';
import { createBoard } from '../../../../agent/src/board/board.ts';
import { OperatorCell, OperatorState } from '../../../../agent/src/board/layout.ts';
import { createEpochClock } from '../../../../agent/src/thread/epoch-clock.ts';
import { buildReport, type ReportFacts } from '../../../../agent/src/thread/report.ts';
import { createTopology } from '../../../../agent/src/thread/topology.ts';

function facts(changes: Partial<ReportFacts> = {}): ReportFacts {
  return {
    sequence: 7,
    unixMs: 1_700_000_000_123,
    monotonicMs: 5000.25,
    intervalMs: 1000,
    topology: createTopology(createBoard()),
    threads: [],
    epochs: createEpochClock(),
    loop: {
      silentMs: 1.5,
      blockedMs: 0,
      runningOperator: 3,
      delayMaxMs: 2,
      cpuMs: 12.5,
      agentGapMs: 0,
      debuggerPaused: false,
      heapUsedBytes: 1000,
      heapLimitBytes: 4000,
    },
    drops: { reports: 1n, events: 2n, operators: 3n, agentErrors: 4n, frames: 5n, tasks: 6n, commands: 7n, jobs: 8n },
    located: () => undefined,
    ...changes,
  };
}

test('a report can be understood alone', () => {
  expect(buildReport(facts())).toMatchObject({
    sequence: 7n,
    sentUnixNano: 1_700_000_000_123_000_000n,
    monotonicNano: 5_000_250_000n,
    intervalMillis: 1000,
    loop: {
      silentNano: 1_500_000n,
      blockedNano: 0n,
      runningOperatorId: 3,
      delayMaxNano: 2_000_000n,
      cpuNano: 12_500_000n,
      heapUsedBytes: 1000n,
      heapLimitBytes: 4000n,
    },
    drops: { reports: 1n, events: 2n, operators: 3n, agentErrors: 4n, frames: 5n, tasks: 6n, commands: 7n, jobs: 8n },
  });
});

test('the states of the board are the states of the protocol', () => {
  expect(OperatorState).toEqual({
    IDLE: State.IDLE,
    BUSY: State.BUSY,
    BACKPRESSURED: State.BACKPRESSURED,
    PAUSED: State.PAUSED,
    ENDED: State.ENDED,
  });
});

test('an operator is told with what cannot be counted left out and what has finished at the end of time', () => {
  const board = createBoard();
  board.operators.set([4, 10, -1, 2, OperatorState.BUSY, Number.POSITIVE_INFINITY, 0, 1], 0);
  board.operators[OperatorCell.ID] = 4;
  const topology = createTopology(board);
  topology.apply(
    {
      type: 'operator',
      id: 4,
      slot: 0,
      name: 'Enrich',
      kind: 'transform',
      unit: 'bytes',
      location: undefined,
      leg: undefined,
    },
    1000,
  );
  topology.look({ nowMs: 1010, periodMs: 10, turns: true, stands: false }, 0);
  const located = { function: '_transform', file: 'file:///app/enrich.mjs?t=1', line: 3, column: 5 };
  const [operator] = buildReport(facts({ topology, monotonicMs: 1010, located: () => located })).operators;
  expect(operator).toMatchObject({
    id: 4,
    name: 'Enrich',
    kind: OperatorKind.TRANSFORM,
    unit: Unit.BYTES,
    completed: 10n,
    inFlight: 2n,
    state: State.BUSY,
    passedEpoch: 2n ** 64n - 1n,
    heldNano: 10_000_000n,
    progressAgeNano: 10_000_000n,
    unread: true,
    location: { function: '_transform', file: '/app/enrich.mjs', line: 3, column: 5 },
  });
  expect(operator?.emitted).toBeUndefined();
});

test('numbers that are no numbers do not break a report', () => {
  const loop = { ...facts().loop, silentMs: Number.NaN, delayMaxMs: -5, cpuMs: Number.POSITIVE_INFINITY };
  expect(buildReport(facts({ loop })).loop).toMatchObject({ silentNano: 0n, delayMaxNano: 0n, cpuNano: 0n });
});
