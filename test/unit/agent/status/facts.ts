import { createBoard } from '../../../../agent/src/board/board.ts';
import { OperatorCell, OperatorState } from '../../../../agent/src/board/layout.ts';
import { readSettings } from '../../../../agent/src/config.ts';
import type { StatusFacts } from '../../../../agent/src/status/section.ts';
import { createEpochClock } from '../../../../agent/src/thread/epoch-clock.ts';
import { applyWelcome } from '../../../../agent/src/thread/live-settings.ts';
import { createTopology, type Topology } from '../../../../agent/src/thread/topology.ts';

/** The facts of a worker that is well and has no operators. */
export function facts(changes: Partial<StatusFacts> = {}): Omit<StatusFacts, 'main'> {
  const settings = readSettings(
    { monitorUrl: 'wss://monitor.example:1/sub', token: 'the-secret-of-this-test', log: 'off' },
    {},
    { job: () => 'index', worker: () => 'w1' },
  );
  return {
    unixMs: 1_700_000_000_000,
    monotonicMs: 5000,
    pid: 42,
    agentVersion: '0.1.0',
    settings,
    live: applyWelcome(settings, undefined),
    loop: {
      silentMs: 3,
      blockedMs: 0,
      runningOperator: 0,
      delayMaxMs: 1,
      cpuMs: 100,
      agentGapMs: 0,
      debuggerPaused: false,
      heapUsedBytes: 1000,
      heapLimitBytes: 4000,
    },
    drops: { reports: 1n, events: 0n, operators: 0n, agentErrors: 0n, frames: 0n, tasks: 0n, commands: 0n, jobs: 0n },
    outbox: { size: 2, bytes: 300 },
    epochs: createEpochClock(),
    graphs: [{ thread: 0, topology: createTopology(createBoard()) }],
    workerThreads: [],
    agentThread: 7,
    lookAtThread: () => ({ state: 'S', cpuMs: 12.5, waitChannel: '', systemCall: -1 }),
    ...changes,
  };
}

/** A graph of so many operators, each of which holds a record: the last one for longest. */
export function busyTopology(count: number, name = (id: number) => `operator ${id}`): Topology {
  const board = createBoard();
  const topology = createTopology(board);
  for (let id = 1; id <= count; id++) {
    const base = (id - 1) * OperatorCell.STRIDE;
    board.operators[base + OperatorCell.ID] = id;
    board.operators[base + OperatorCell.COMPLETED] = 10;
    board.operators[base + OperatorCell.IN_FLIGHT] = 1;
    board.operators[base + OperatorCell.STATE] = OperatorState.BUSY;
    board.operators[base + OperatorCell.OLDEST_AT_MS] = 4000 - id;
    topology.apply(
      {
        type: 'operator',
        id,
        slot: id - 1,
        name: name(id),
        kind: 'function',
        unit: 'records',
        location: undefined,
        leg: undefined,
      },
      4000,
    );
  }
  topology.look({ nowMs: 5000, periodMs: 50, turns: true, stands: false }, 0);
  return topology;
}
