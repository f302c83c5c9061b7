import { describe, expect, test } from 'vitest';
import { Clock, Control, OperatorCell, OperatorState, PortCell } from '../../../../agent/src/board/layout.ts';
import { CountedOperator } from '../../../../agent/src/operator/counted-operator.ts';
import { RecordOperator } from '../../../../agent/src/operator/record-operator.ts';
import { lookAtPort } from '../../../../agent/src/thread/tracked-port.ts';
import { trackEachTest } from '../stream/tracked.ts';

const tracked = trackEachTest();

function add<T extends CountedOperator | RecordOperator>(Kind: new (...args: never[]) => T, name: string): T {
  const { graph } = tracked.current;
  const identity = { name, kind: 'transform', unit: 'records', location: undefined } as const;
  return graph.add(identity, (known) => new (Kind as never as new (...args: unknown[]) => T)(known, graph)) as T;
}

describe('an operator whose records end in any order', () => {
  test('passes a marker only when every record before it has ended', () => {
    const operator = add(RecordOperator, 'handle');
    const [first, second, third] = [operator.receive('a'), operator.receive('b'), operator.receive('c')];
    tracked.current.beat();
    const epoch = tracked.current.graph.epoch;
    operator.finishRecord(third);
    operator.finishRecord(second);
    operator.finishRecord(second);
    expect(operator).toMatchObject({ inFlight: 1, done: 2 });
    expect(operator.low).toBeLessThan(epoch);
    expect(operator.oldest()?.key).toBe('a');
    operator.finishRecord(first);
    expect(operator.low).toBe(epoch);
    expect(operator.oldest()).toBeUndefined();
  });

  test('is busy while it has records, paused while it is held on purpose, and idle without', () => {
    const operator = add(RecordOperator, 'handle');
    expect(operator.state()).toBe(OperatorState.IDLE);
    const record = operator.receive();
    expect(operator.state()).toBe(OperatorState.BUSY);
    operator.condition.pauseReason = 'consumer.pause()';
    expect(operator.state()).toBe(OperatorState.PAUSED);
    operator.condition.pauseReason = undefined;
    operator.finishRecord(record);
    expect(operator.state()).toBe(OperatorState.IDLE);
    operator.connected(false);
    expect(operator.state()).toBe(OperatorState.BUSY);
  });

  test('leaves the graph when its input is over and its records have ended', () => {
    const operator = add(RecordOperator, 'handle');
    const record = operator.receive();
    operator.end();
    tracked.current.beat();
    expect(tracked.current.graph.operators).toContain(operator);
    operator.finishRecord(record);
    tracked.current.beat();
    expect(tracked.current.graph.operators).not.toContain(operator);
  });
});

test('an operator that counts never completes more than it has received', () => {
  const operator = add(CountedOperator, 'fetch');
  operator.receive(3);
  operator.finishRecords(2);
  expect(operator).toMatchObject({ completed: 2, inFlight: 1 });
  operator.finishUpTo(99);
  expect(operator).toMatchObject({ completed: 3, inFlight: 0 });
});

test('a thread that had no processor while it showed its numbers shows the next ones soon', () => {
  const operator = add(CountedOperator, 'fetch');
  const { board, graph } = tracked.current;
  const publish = operator.publish.bind(operator);
  operator.publish = (withState, active) => {
    const untilMs = performance.now() + 60;
    while (performance.now() < untilMs);
    publish(withState, active);
  };
  const pulseAt = (nowMs: number): void => {
    board.clock[Clock.NOW_MS] = nowMs;
    board.control[Control.PULSE] = 1;
    graph.notice(operator);
  };
  pulseAt(1_000_000);
  operator.publish = publish;
  operator.receive(3);
  operator.finishRecords(3);
  const shown = () => board.operators[operator.slot * OperatorCell.STRIDE + OperatorCell.COMPLETED];
  pulseAt(1_000_400);
  expect(shown(), 'looking takes a hundredth of the time').toBe(0);
  pulseAt(1_000_600);
  expect(shown()).toBe(3);
});

describe('a port', () => {
  const channel = { system: 'kafka', name: 'orders', partition: '0' };

  test('shows the newest position, and moves back for nobody', () => {
    const operator = add(CountedOperator, 'fetch');
    const port = tracked.current.graph.ports.open(operator, 'in', channel);
    const look = () =>
      lookAtPort(tracked.current.board, {
        type: 'port',
        id: port?.id ?? 0,
        slot: port?.slot ?? 0,
        operatorId: operator.id,
        direction: 'in',
        channel,
      });
    expect(look()).toMatchObject({ major: -1, headMajor: -1, messages: 0 });
    port?.move({ major: 7, minor: 2 }, 3);
    port?.move({ major: 7, minor: 1 });
    port?.move({ major: 6, minor: 9 });
    port?.seeHead({ major: 9, minor: 0 });
    expect(look()).toEqual({ messages: 5, unpositioned: 0, major: 7, minor: 2, headMajor: 9, headMinor: 0 });
  });

  test.each([undefined, { major: -1, minor: 0 }, { major: Number.NaN, minor: 0 }, { major: 1.5, minor: 0 }])(
    'counts what has no position, and inherits none (%o)',
    (position) => {
      const operator = add(CountedOperator, 'fetch');
      const port = tracked.current.graph.ports.open(operator, 'in', channel);
      port?.move({ major: 7, minor: 0 });
      port?.move(position as never);
      expect(port?.position).toEqual({ major: 7, minor: 0 });
      const { ports } = tracked.current.board;
      expect(ports[(port?.slot ?? 0) * PortCell.STRIDE + PortCell.UNPOSITIONED]).toBe(1);
    },
  );

  test('goes with its operator, and its slot serves another', () => {
    const operator = add(CountedOperator, 'fetch');
    const port = tracked.current.graph.ports.open(operator, 'in', channel);
    operator.end();
    tracked.current.beat();
    const next = tracked.current.graph.ports.open(add(CountedOperator, 'fetch'), 'in', channel);
    expect(next?.slot).toBe(port?.slot);
    expect(next?.id).not.toBe(port?.id);
  });
});
