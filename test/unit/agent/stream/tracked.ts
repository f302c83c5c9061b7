import { setImmediate as nextTurn } from 'node:timers/promises';
import { afterAll, afterEach, beforeAll, beforeEach } from 'vitest';
import { createBoard } from '../../../../agent/src/board/board.ts';
import { OperatorState } from '../../../../agent/src/board/layout.ts';
import { Graph } from '../../../../agent/src/operator/graph.ts';
import type { Operator } from '../../../../agent/src/operator/operator.ts';
import { Adoption } from '../../../../agent/src/stream/adoption.ts';
import { hookStreams } from '../../../../agent/src/stream/hooks.ts';
import { type Harness, openHarness } from '../../../property/support/harness.mjs';

/** The tracker under test; new for every test, and closed after it. */
export interface Tracked {
  current: Harness;
}

export function trackEachTest(): Tracked {
  const tracked = {} as Tracked;
  beforeEach(() => {
    tracked.current = open();
  });
  afterEach(() => tracked.current.close());
  return tracked;
}

/** One tracker for all tests of a file, which may run at the same time and tell their operators apart by name. */
export function trackAllTests(): Tracked {
  const tracked = {} as Tracked;
  beforeAll(() => {
    tracked.current = open();
  });
  afterAll(() => tracked.current.close());
  return tracked;
}

/** Does something that no hook sees, as what comes before the agent. */
export function unseen<T>(tracked: Tracked, task: () => T): T {
  tracked.current.close();
  try {
    return task();
  } finally {
    tracked.current = open();
  }
}

function open(): Harness {
  return openHarness({ createBoard, Graph, Adoption, hookStreams });
}

/** Lets streams flow until nothing more happens without a timer. */
export async function settle(turns = 6): Promise<void> {
  for (let turn = 0; turn < turns; turn++) await nextTurn();
}

export function stateOf(operator: Operator | undefined, active = 0): string {
  const state = operator?.state(active);
  return Object.entries(OperatorState).find(([, value]) => value === state)?.[0] ?? 'none';
}

/** A callback held by the test. */
export interface Held {
  readonly record: unknown;
  readonly release: () => void;
}
