import type { JsonObject } from '@streamgauge/proto';
import { OperatorState } from '../board/layout.ts';
import { longestHeldMs, markerAgeMs } from '../thread/operator-window.ts';
import type { TrackedOperator } from '../thread/topology.ts';
import { roundMs, type Section, type StatusFacts } from './section.ts';

/** How many operators are told, those that hold something longest first. */
const MAX_OPERATORS = 200;

const STATES: Readonly<Record<OperatorState, string>> = {
  [OperatorState.IDLE]: 'idle',
  [OperatorState.BUSY]: 'busy',
  [OperatorState.BACKPRESSURED]: 'backpressured',
  [OperatorState.PAUSED]: 'paused',
  [OperatorState.ENDED]: 'ended',
};

/** What every operator does now. */
export const operators: Section = {
  name: 'operators',
  version: 1,
  body: (facts) => {
    const all = operatorsOf(facts);
    return {
      total: all.length,
      leftOut: Math.max(0, all.length - MAX_OPERATORS),
      operators: all.slice(0, MAX_OPERATORS).map((one) => operatorBody(one, facts)),
    };
  },
};

/** An operator, the thread that runs it, and how long it has held what it holds longest. */
export interface HeldOperator {
  readonly thread: number;
  readonly heldMs: number;
  readonly operator: TrackedOperator;
}

/** Every operator that has not ended, those that hold something longest first. */
export function operatorsOf({ graphs, monotonicMs }: StatusFacts): HeldOperator[] {
  return graphs
    .flatMap(({ thread, topology }) =>
      Array.from(topology.operators.values(), (operator) => ({
        thread,
        heldMs: longestHeldMs(operator.window, monotonicMs),
        operator,
      })),
    )
    .filter(({ operator }) => !operator.ended)
    .sort((left, right) => right.heldMs - left.heldMs);
}

function operatorBody({ thread, heldMs, operator }: HeldOperator, { epochs, monotonicMs }: StatusFacts): JsonObject {
  const { info, window, texts, job } = operator;
  const { look } = window;
  return {
    id: info.id,
    name: info.name,
    thread,
    ...(job === '' ? {} : { job }),
    kind: info.kind,
    state: STATES[look.state],
    completed: look.completed,
    inFlight: look.inFlight,
    heldMs: roundMs(heldMs),
    markerAgeMs: roundMs(markerAgeMs(look, epochs, monotonicMs)),
    progressAgeMs: roundMs(Math.max(0, monotonicMs - window.progressAtMs)),
    ...(look.failures > 0 ? { failures: look.failures, lastFailure: texts?.lastFailure ?? '' } : {}),
    ...(texts?.pauseReason ? { pauseReason: texts.pauseReason } : {}),
  };
}
