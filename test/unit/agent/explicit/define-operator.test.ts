import { describe, expect, test } from 'vitest';
import { OperatorCell, OperatorState } from '../../../../agent/src/board/layout.ts';
import { AgentError } from '../../../../agent/src/errors.ts';
import { defineCountedOperator, defineOperator, defineSource } from '../../../../agent/src/explicit/define-operator.ts';
import { checkDefinition } from '../../../../agent/src/explicit/definition.ts';
import type { OperatorDefinition, RecordHandle } from '../../../../agent/src/explicit/handles.ts';
import { MAX_RECORDS_IN_FLIGHT, watchCountedOperator, watchOperator } from '../../../../agent/src/explicit/watched.ts';
import type { Operator } from '../../../../agent/src/operator/operator.ts';
import { lookAtPort } from '../../../../agent/src/thread/tracked-port.ts';
import { stateOf, trackEachTest } from '../stream/tracked.ts';

const tracked = trackEachTest();

/** A handle and the operator behind it. */
function define(name: string, definition: OperatorDefinition = {}) {
  const handle = watchOperator(tracked.current.graph, checkDefinition(name, definition));
  if (handle === undefined) throw new Error('no room');
  return { handle, operator: tracked.current.named(name) as Operator };
}

function defineCounted(name: string, definition: OperatorDefinition = {}) {
  const handle = watchCountedOperator(tracked.current.graph, checkDefinition(name, definition));
  if (handle === undefined) throw new Error('no room');
  return { handle, operator: tracked.current.named(name) as Operator };
}

/** The same sequence of numbers from 0 to below `limit` for the same seed. */
function numbers(seed: number): (limit: number) => number {
  let state = seed;
  return (limit) => {
    state = (Math.imul(state, 1664525) + 1013904223) >>> 0;
    return Math.floor((state / 2 ** 32) * limit);
  };
}

describe('an operator defined in code', () => {
  test.each([1, 2, 3, 4, 5, 6, 7, 8])(
    'never lets a marker pass before a record that precedes it, in whatever order records end (seed %i)',
    (seed) => {
      const next = numbers(seed);
      const first = define('fetch', { kind: 'source' });
      const second = define('handle', { kind: 'sink' });
      first.handle.feeds(second.handle);
      const inFlight: { readonly operator: Operator; readonly epoch: number; readonly record: RecordHandle }[] = [];
      const oldest = (operators: readonly Operator[]): number =>
        Math.min(...inFlight.filter((one) => operators.includes(one.operator)).map(({ epoch }) => epoch));
      tracked.current.onPass = (operator: Operator, epoch: number) => {
        const before = operator === first.operator ? [first.operator] : [first.operator, second.operator];
        expect(oldest(before)).toBeGreaterThanOrEqual(epoch);
      };
      const begin = ({ handle, operator }: typeof first): void => {
        inFlight.push({ operator, epoch: tracked.current.graph.epoch, record: handle.receive(inFlight.length) });
      };
      const end = (): void => {
        const [taken] = inFlight.splice(next(inFlight.length), 1);
        if (taken?.operator === first.operator) begin(second);
        taken?.record.end();
      };
      for (let step = 0; step < 400; step++) {
        const choice = next(5);
        if (choice < 2) begin(first);
        else if (choice < 4) end();
        else tracked.current.beat();
      }
      while (inFlight.length > 0) end();
      tracked.current.beat();
      expect(tracked.current.errors).toEqual([]);
      expect(second.operator.low).toBe(tracked.current.graph.epoch);
      expect(second.operator.done).toBe(first.operator.done);
    },
  );

  test('shows the key of the oldest record and what failed last', () => {
    const { handle, operator } = define('handle');
    const one = handle.receive('order 1');
    handle.receive(2n);
    expect(operator.oldest()?.key).toBe('order 1');
    one.end(new TypeError('no price'));
    one.end(new Error('twice'));
    expect(operator.oldest()?.key).toBe('2');
    expect(operator.condition).toMatchObject({ failures: 1, lastFailure: 'TypeError: no price' });
    handle.fail({
      toString() {
        throw new Error('hostile');
      },
    });
    expect(operator.condition).toMatchObject({ failures: 2, lastFailure: 'a value that cannot be shown' });
  });

  test('is paused, backpressured or waits for its connection as it was told', () => {
    const { handle, operator } = define('handle');
    const record = handle.receive();
    expect(stateOf(operator)).toBe('BUSY');
    handle.blocked(true);
    expect(stateOf(operator)).toBe('BACKPRESSURED');
    handle.blocked(false);
    handle.pause('rebalancing');
    expect(stateOf(operator)).toBe('PAUSED');
    expect(operator.condition.pauseReason).toBe('rebalancing');
    handle.resume();
    record.end();
    expect(stateOf(operator)).toBe('IDLE');
    handle.connected(false);
    expect(stateOf(operator)).toBe('BUSY');
    handle.connected(true);
    expect(stateOf(operator)).toBe('IDLE');
  });

  test('asks how much is pending when it publishes, and outlives whatever the answer is', () => {
    let answer: () => unknown = () => 7;
    const { operator } = define('handle', { pending: () => answer() as number });
    const cell = () => {
      tracked.current.look();
      return tracked.current.board.operators[operator.slot * OperatorCell.STRIDE + OperatorCell.PENDING];
    };
    expect(cell()).toBe(7);
    for (const strange of [() => -3, () => Number.NaN, () => 'many', () => undefined]) {
      answer = strange;
      expect(cell()).toBe(-1);
    }
    answer = () => {
      throw new Error('queue is gone');
    };
    expect(cell()).toBe(-1);
    expect(tracked.current.errors).toEqual([]);
  });

  test('joins the records beyond its limit instead of keeping each, and its marker waits for all of them', () => {
    const { handle, operator } = define('handle');
    const first = handle.receive();
    const known = Array.from({ length: MAX_RECORDS_IN_FLIGHT - 1 }, () => handle.receive());
    const beyond = [handle.receive('a'), handle.receive('b'), handle.receive('c')];
    expect(operator.inFlight).toBe(MAX_RECORDS_IN_FLIGHT + 1);
    tracked.current.beat();
    for (const record of [first, ...known]) record.end();
    beyond[0]?.end();
    beyond[0]?.end();
    beyond[2]?.end();
    expect(operator.low).toBeLessThan(tracked.current.graph.epoch);
    beyond[1]?.end();
    expect(operator.low).toBe(tracked.current.graph.epoch);
    expect(operator.inFlight).toBe(0);
  });

  test('leaves the graph when it is closed and its records have ended', () => {
    const { handle, operator } = define('handle');
    const record = handle.receive();
    handle.close();
    tracked.current.beat();
    expect(tracked.current.graph.operators).toContain(operator);
    record.end();
    tracked.current.beat();
    expect(tracked.current.graph.operators).not.toContain(operator);
    handle.receive().end();
    expect(operator.done).toBe(1);
  });

  test('tells positions of a channel, also of entry ids and of 64-bit numbers', () => {
    const { handle, operator } = define('handle');
    const port = handle.takesFrom({ system: 'queue', channel: 'orders', partition: 3 });
    const channel = { system: 'queue', name: 'orders', partition: '3' };
    const info = { type: 'port', id: 1, slot: 0, operatorId: operator.id, direction: 'in', channel } as const;
    const look = () => lookAtPort(tracked.current.board, info);
    port.move(41n, 5);
    port.head(50);
    expect(look()).toMatchObject({ messages: 5, major: 41, minor: 0, headMajor: 50 });
    port.move({ major: 42, minor: 7 });
    port.move(undefined, 2);
    port.move(1, Number.NaN);
    expect(look()).toMatchObject({ messages: 8, unpositioned: 2, major: 42, minor: 7 });
    port.close();
    port.close();
    port.move(99);
    expect(look()).toBeUndefined();
  });

  test('does nothing more once the agent has stopped', () => {
    const { handle, operator } = define('handle');
    tracked.current.graph.stop();
    handle.receive().end();
    handle.givesTo({ system: 'queue', channel: 'out' }).move(1);
    expect(operator.done).toBe(0);
    expect(watchOperator(tracked.current.graph, checkDefinition('late', {}))).toBeUndefined();
  });
});

test('an operator that counts ends its records in their order, and whole numbers only', () => {
  const { handle, operator } = defineCounted('batch', { kind: 'source' });
  handle.receive(10);
  tracked.current.beat();
  handle.finish(9);
  handle.finish(0.5);
  handle.finish(-1);
  expect(operator).toMatchObject({ done: 9, inFlight: 1 });
  expect(operator.low).toBeLessThan(tracked.current.graph.epoch);
  handle.finish(5);
  expect(operator.low).toBe(tracked.current.graph.epoch);
  expect(operator.state(0)).toBe(OperatorState.IDLE);
});

describe('without an agent', () => {
  test('operators take everything and do nothing', () => {
    const poll = defineSource('poll', { pending: () => 1 });
    const handle = defineOperator('handle');
    const counted = defineCountedOperator('batch');
    poll.feeds(handle, { capacity: 10 });
    const record = poll.receive('k');
    handle.receive().end(new Error('x'));
    record.end();
    counted.receive(3);
    counted.finish(2);
    counted.pause('why');
    counted.resume();
    handle.connected(false);
    handle.blocked(true);
    handle.fail('x');
    handle.takesFrom({ system: 's', channel: 'c' }).move(1, 2);
    handle.givesTo({ system: 's', channel: 'c' }).close();
    handle.close();
    expect(poll.name).toBe('poll');
  });

  test('a definition that cannot be used is refused all the same, with every fault named', () => {
    const fault = caught(() => defineOperator(' ', { kind: 'stage', pending: 3, location: {} } as never));
    expect(fault).toMatchObject({ code: 'SG_AGENT_OPERATOR' });
    expect(fault?.faults).toHaveLength(4);
    expect(caught(() => defineOperator('a').feeds({} as never))?.code).toBe('SG_AGENT_OPERATOR');
    expect(caught(() => defineOperator('a').takesFrom({ system: '', channel: 'x' }))?.faults).toHaveLength(1);
  });
});

function caught(run: () => unknown): AgentError | undefined {
  try {
    run();
  } catch (error) {
    return AgentError.is(error) ? error : undefined;
  }
  return undefined;
}
