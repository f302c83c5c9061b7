import type { Board } from '../board/board.ts';
import { Control, EdgeCell, OperatorCell, OperatorState } from '../board/layout.ts';
import type { Suspect } from '../sample/blocking-operator.ts';
import { JobNames } from './job-names.ts';
import type { OperatorTexts, ToThread } from './messages.ts';
import { createNativeCalls, type NativeCallNow } from './native-calls.ts';
import {
  advanceWindow,
  type LookConditions,
  type OperatorLook,
  type OperatorWindow,
  openWindow,
} from './operator-window.ts';
import { lookAtPort, type TrackedPort } from './tracked-port.ts';

/** An operator as the main thread announced it. */
export type OperatorInfo = Extract<ToThread, { type: 'operator' }>;
/** An edge as the main thread announced it. */
export type EdgeInfo = Extract<ToThread, { type: 'edge' }>;

/** A live operator, or an ended one that waits to be reported for the last time. */
export interface TrackedOperator {
  readonly info: OperatorInfo;
  window: OperatorWindow;
  /** Undefined: nothing to tell. */
  texts: OperatorTexts | undefined;
  /** Dataflow that it belongs to; empty: the worker's own. */
  job: string;
  ended: boolean;
}

/** An edge and its numbers of the last look. */
export interface TrackedEdge {
  readonly info: EdgeInfo;
  queued: number;
  passedEpoch: number;
  /** The giver has ended; what is queued may still be taken. */
  closed: boolean;
  /** Gone altogether; waits to be reported for the last time. */
  ended: boolean;
}

/** The graph of the worker as the agent thread knows it. */
export interface Topology {
  readonly operators: ReadonlyMap<number, TrackedOperator>;
  readonly edges: ReadonlyMap<number, TrackedEdge>;
  readonly ports: ReadonlyMap<number, TrackedPort>;
  /** Ended operators that were forgotten before they could be reported, since the session began. */
  readonly forgotten: number;
  /** Monotonic time of the last look or message that saw an operator move: appear, complete, or be anything but idle. */
  readonly movedAtMs: number;
  /** The long synchronous call that the thread is inside of; undefined: none that is followed. */
  nativeCall(): NativeCallNow | undefined;
  apply(message: ToThread, nowMs: number): void;
  /** Looks at every operator and edge once. A thread whose event loop does not turn is inside the running operator. */
  look(conditions: Omit<LookConditions, 'running' | 'onProcessor'>, runningOperator: number): void;
  /** The thread is gone: ends whatever has not ended, with its last numbers on the board. */
  endAll(nowMs: number): void;
  /** The ended operators were in a report that was sent: leaves them and the edges that hang on them out from now on. */
  forgetEnded(): void;
}

/** How many ended operators and edges wait for their last report; the oldest goes first. */
const MAX_ENDED = 512;

/** A topology over the board; nothing is known before the first message. `jobs` are those of all threads of the process. */
export function createTopology(board: Board, jobs: JobNames = new JobNames()): Topology {
  const operators = new Map<number, TrackedOperator>();
  const edges = new Map<number, TrackedEdge>();
  const ports = new Map<number, TrackedPort>();
  const endedOperators: number[] = [];
  const endedEdges: number[] = [];
  const nativeCalls = createNativeCalls(board);
  let forgotten = 0;
  let movedAtMs = 0;

  return {
    get movedAtMs() {
      return movedAtMs;
    },
    operators,
    edges,
    ports,
    get forgotten() {
      return forgotten;
    },
    nativeCall: () => nativeCalls.now(),
    apply(message, nowMs) {
      if (message.type === 'native-call') {
        nativeCalls.apply(message);
        return;
      }
      movedAtMs = nowMs;
      if (message.type === 'operator') {
        const look = lookAt(board, message.slot);
        const job = jobs.take(message.job ?? '');
        operators.set(message.id, {
          info: message,
          window: openWindow(look, nowMs),
          texts: undefined,
          job,
          ended: false,
        });
      } else if (message.type === 'operator-job') {
        setJob(message.id, message.job);
      } else if (message.type === 'edge') {
        edges.set(message.id, { info: message, queued: 0, passedEpoch: 0, closed: false, ended: false });
      } else if (message.type === 'operator-ended') {
        endOperator(message.id, message.completed, message.emitted, nowMs);
      } else if (message.type === 'edge-ended') {
        endEdge(message.id);
      } else if (message.type === 'port') {
        ports.set(message.id, { info: message, look: undefined });
      } else if (message.type === 'port-ended') {
        ports.delete(message.id);
      } else if (message.type === 'operator-texts') {
        const operator = operators.get(message.id);
        if (operator !== undefined) operator.texts = message.texts;
      }
    },
    look(conditions, runningOperator) {
      for (const [id, operator] of operators) {
        if (operator.ended || board.operators[operator.info.slot * OperatorCell.STRIDE + OperatorCell.ID] !== id)
          continue;
        const onProcessor = id === runningOperator;
        operator.window = advanceWindow(operator.window, lookAt(board, operator.info.slot), {
          ...conditions,
          onProcessor,
          running: onProcessor && !conditions.turns,
        });
        const { look, progressAtMs } = operator.window;
        if (look.state !== OperatorState.IDLE || progressAtMs === conditions.nowMs) movedAtMs = conditions.nowMs;
      }
      for (const [id, edge] of edges) {
        const at = edge.info.slot * EdgeCell.STRIDE;
        if (edge.ended || board.edges[at + EdgeCell.ID] !== id) continue;
        edge.queued = board.edges[at + EdgeCell.QUEUED] ?? 0;
        edge.passedEpoch = board.edges[at + EdgeCell.PASSED_EPOCH] ?? 0;
        edge.closed = (board.edges[at + EdgeCell.CLOSED] ?? 0) !== 0;
      }
      for (const port of ports.values()) port.look = lookAtPort(board, port.info) ?? port.look;
    },
    endAll(nowMs) {
      for (const [id, { window }] of operators) endOperator(id, window.look.completed, window.look.emitted, nowMs);
      for (const id of edges.keys()) endEdge(id);
      ports.clear();
    },
    forgetEnded() {
      for (const id of endedOperators) drop(id);
      for (const id of endedEdges) edges.delete(id);
      endedOperators.length = 0;
      endedEdges.length = 0;
    },
  };

  function endOperator(id: number, completed: number, emitted: number, nowMs: number): void {
    const operator = operators.get(id);
    if (operator === undefined || operator.ended) return;
    const look: OperatorLook = {
      completed,
      emitted,
      inFlight: 0,
      state: OperatorState.ENDED,
      passedEpoch: Number.POSITIVE_INFINITY,
      passedAtMs: operator.window.look.passedAtMs,
      unread: false,
      oldestAtMs: 0,
      oldestNumber: 0,
      pending: -1,
      failures: operator.window.look.failures,
      disconnectedAtMs: 0,
    };
    const conditions = { nowMs, periodMs: 0, turns: true, stands: false, running: false, onProcessor: false };
    operator.window = advanceWindow(operator.window, look, conditions);
    operator.ended = true;
    endedOperators.push(id);
    if (endedOperators.length <= MAX_ENDED) return;
    drop(endedOperators.shift() as number);
    forgotten += 1;
  }

  function setJob(id: number, job: string): void {
    const operator = operators.get(id);
    if (operator === undefined) return;
    jobs.give(operator.job);
    operator.job = jobs.take(job);
  }

  function drop(id: number): void {
    jobs.give(operators.get(id)?.job ?? '');
    operators.delete(id);
  }

  function endEdge(id: number): void {
    const edge = edges.get(id);
    if (edge === undefined || edge.ended) return;
    edge.ended = true;
    edge.closed = true;
    edge.queued = 0;
    edge.passedEpoch = Number.POSITIVE_INFINITY;
    endedEdges.push(id);
    if (endedEdges.length > MAX_ENDED) edges.delete(endedEdges.shift() as number);
  }
}

function lookAt(board: Board, slot: number): OperatorLook {
  const at = slot * OperatorCell.STRIDE;
  const cell = (offset: number): number => board.operators[at + offset] ?? 0;
  return {
    completed: cell(OperatorCell.COMPLETED),
    emitted: cell(OperatorCell.EMITTED),
    inFlight: cell(OperatorCell.IN_FLIGHT),
    state: (cell(OperatorCell.STATE) || OperatorState.IDLE) as OperatorState,
    passedEpoch: cell(OperatorCell.PASSED_EPOCH),
    passedAtMs: cell(OperatorCell.PASSED_AT_MS),
    unread: cell(OperatorCell.UNREAD) !== 0,
    oldestAtMs: cell(OperatorCell.OLDEST_AT_MS),
    oldestNumber: cell(OperatorCell.OLDEST_NUMBER),
    pending: cell(OperatorCell.PENDING),
    failures: cell(OperatorCell.FAILURES),
    disconnectedAtMs: cell(OperatorCell.DISCONNECTED_AT_MS),
  };
}

/** The operator whose code the main thread runs now; 0: none or not known. */
export function runningOperator(board: Board): number {
  return Atomics.load(board.control, Control.RUNNING_OPERATOR);
}

/** Operators that may be the ones that run. */
export function suspectsOf({ operators }: Topology): Suspect[] {
  return Array.from(operators.values())
    .filter(({ ended }) => !ended)
    .map(({ info }) => ({ id: info.id, name: info.name, location: info.location }));
}
