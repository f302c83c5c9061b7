import { CountedOperator } from '../operator/counted-operator.ts';
import type { ExplicitOperator, ExplicitOptions } from '../operator/explicit-operator.ts';
import type { Graph } from '../operator/graph.ts';
import type { ChannelPosition } from '../operator/port.ts';
import { type RecordInFlight, RecordOperator } from '../operator/record-operator.ts';
import { type CheckedDefinition, checkChannel, checkTarget, text } from './definition.ts';
import type {
  ChannelName,
  CountedOperatorHandle,
  OperatorHandle,
  PortHandle,
  PositionInChannel,
  RecordHandle,
  RecordOperatorHandle,
} from './handles.ts';
import { UNWATCHED_PORT } from './unwatched.ts';

/** How many records of an operator are known one by one; a program that never ends them must not fill the memory. */
export const MAX_RECORDS_IN_FLIGHT = 100_000;

/** How many ports one operator may open. */
const MAX_PORTS_PER_OPERATOR = 256;

/** The operators behind the handles of this copy of the package. */
const operators: WeakMap<object, ExplicitOperator> = new WeakMap();

/** Defines an operator that ends its records in any order; undefined when the board is full. */
export function watchOperator(graph: Graph, definition: CheckedDefinition): RecordOperatorHandle | undefined {
  if (graph.stopped) return undefined;
  const room: Room = { blocked: false };
  const operator = graph.add(
    identity(definition),
    (known) => new RecordOperator(known, graph, options(definition, room)),
  );
  if (operator === undefined) return undefined;
  // Beyond the limit records share the newest one that is known: markers come later for it, never earlier.
  let shared: SharedRecord | undefined;
  const handle: RecordOperatorHandle = {
    ...common(graph, operator, room),
    receive(key) {
      if (graph.stopped || operator.released) return NO_RECORD;
      if (operator.inFlight < MAX_RECORDS_IN_FLIGHT) return recordOf(operator, operator.receive(text(key)));
      if (shared === undefined || shared.left === 0) shared = { call: operator.receive(text(key)), left: 0 };
      else graph.countDropped();
      return sharedRecordOf(operator, shared);
    },
  };
  operators.set(handle, operator);
  return handle;
}

/** Defines an operator that ends its records in their order; undefined when the board is full. */
export function watchCountedOperator(graph: Graph, definition: CheckedDefinition): CountedOperatorHandle | undefined {
  if (graph.stopped) return undefined;
  const room: Room = { blocked: false };
  const operator = graph.add(
    identity(definition),
    (known) => new CountedOperator(known, graph, options(definition, room)),
  );
  if (operator === undefined) return undefined;
  const handle: CountedOperatorHandle = {
    ...common(graph, operator, room),
    receive: (records = 1) => operator.receive(wholeCount(records)),
    finish: (records = 1) => operator.finishRecords(wholeCount(records)),
  };
  operators.set(handle, operator);
  return handle;
}

interface Room {
  blocked: boolean;
}

interface SharedRecord {
  readonly call: RecordInFlight;
  left: number;
}

const NO_RECORD: RecordHandle = Object.freeze({ end: () => undefined });

function identity({ name, kind, location, job = '' }: CheckedDefinition) {
  return { name, kind, unit: 'records', location, job } as const;
}

function options({ handler, pending }: CheckedDefinition, room: Room): ExplicitOptions {
  return {
    functions: () => (handler === undefined ? [] : [handler]),
    blocked: () => room.blocked,
    ...(pending === undefined ? {} : { pending }),
  };
}

function recordOf(operator: RecordOperator, call: RecordInFlight): RecordHandle {
  return {
    end(error) {
      if (call.over) return;
      if (error !== undefined) operator.fail(text(error));
      operator.finishRecord(call);
    },
  };
}

function sharedRecordOf(operator: RecordOperator, shared: SharedRecord): RecordHandle {
  shared.left++;
  let over = false;
  return {
    end(error) {
      if (over) return;
      over = true;
      if (error !== undefined) operator.fail(text(error));
      shared.left--;
      if (shared.left === 0) operator.finishRecord(shared.call);
    },
  };
}

function common(graph: Graph, operator: ExplicitOperator, room: Room): OperatorHandle {
  let ports = 0;
  const open = (direction: 'in' | 'out', name: ChannelName): PortHandle => {
    const channel = checkChannel(name);
    if (ports >= MAX_PORTS_PER_OPERATOR) {
      graph.countDropped();
      return UNWATCHED_PORT;
    }
    const port = graph.stopped ? undefined : graph.ports.open(operator, direction, channel);
    if (port === undefined) return UNWATCHED_PORT;
    ports++;
    let closed = false;
    return {
      move: (position, messages = 1) => {
        if (!closed) port.move(positionOf(position), wholeCount(messages));
      },
      head: (position) => {
        const head = positionOf(position);
        if (!closed && head !== undefined) port.seeHead(head);
      },
      close: () => {
        if (closed) return;
        closed = true;
        ports--;
        port.close();
      },
    };
  };
  return {
    name: operator.name,
    fail: (error) => operator.fail(text(error)),
    pause: (reason) => {
      operator.condition.pauseReason = text(reason) || 'paused';
    },
    resume: () => {
      operator.condition.pauseReason = undefined;
    },
    connected: (connected) => operator.connected(connected),
    blocked: (blocked) => {
      room.blocked = blocked === true;
    },
    feeds(target, { capacity = 0 } = {}) {
      checkTarget(target);
      const known = operators.get(target);
      if (known !== undefined && !graph.stopped)
        graph.connect(operator, known, 'manual', wholeCount(capacity), [], () => true);
    },
    givesTo: (channel) => open('out', channel),
    takesFrom: (channel) => open('in', channel),
    close: () => operator.end(),
  };
}

/** Counts come from outside: what is no whole number counts nothing. */
function wholeCount(count: number): number {
  return Number.isSafeInteger(count) && count > 0 ? count : 0;
}

function positionOf(position: PositionInChannel | undefined): ChannelPosition | undefined {
  if (typeof position === 'number' || typeof position === 'bigint') return { major: Number(position), minor: 0 };
  return typeof position === 'object' && position !== null ? position : undefined;
}
