import { expect, test } from 'vitest';
import { Clock, PortCell } from '../../../../agent/src/board/layout.ts';
import type { ExplicitOperator } from '../../../../agent/src/operator/explicit-operator.ts';
import { type CommandWatch, RedisStreams } from '../../../../agent/src/redis/redis-streams.ts';
import { readClaimed } from '../../../../agent/src/redis/stream-commands.ts';
import { trackEachTest } from '../stream/tracked.ts';

const tracked = trackEachTest();
const client = { condition: () => 'connected' as const, job: () => '' };
const hook = (): void => {};

/** Gives what sends a command. */
function open(): (command: readonly string[]) => CommandWatch {
  const streams = new RedisStreams(tracked.current.graph);
  return ([name, ...rest]) => {
    const watch = streams.sent(client, name, rest, hook);
    if (watch === undefined) throw new Error(`${name} is not watched`);
    return watch;
  };
}

/** A command as a person would type it. */
const words = (text: string): readonly string[] => text.split(' ');
const leg = (name: string): ExplicitOperator => tracked.current.named(`orders/billing ${name}`) as never;
const READ = words('XREADGROUP GROUP billing one STREAMS orders >');
const entries = (...ids: readonly string[]) => [['orders', ids.map((id) => [id, ['n', '1']])]];

function pass(ms: number): void {
  const { clock } = tracked.current.board;
  clock[Clock.NOW_MS] = (clock[Clock.NOW_MS] as number) + ms;
}

test('what another member held and is claimed is in hand until it is acknowledged, and no marker passes it', () => {
  const send = open();
  send(READ).answered(entries('9-0'));
  send(words('XACK orders billing 9-0')).answered(1);
  const before = tracked.current.graph.epoch;
  send(words('XAUTOCLAIM orders billing one 1000 0')).answered([
    '0-0',
    [
      ['3-0', ['n', '1']],
      ['4-0', ['n', '2']],
    ],
    ['5-0'],
  ]);
  expect(leg('handle').inFlight).toBe(2);
  expect(leg('handle').oldest()?.key).toBe('3-0');
  tracked.current.beat();
  expect(leg('handle').low).toBeLessThan(tracked.current.graph.epoch);
  send(READ);
  expect(leg('handle').inFlight).toBe(2);
  send(words('XACK orders billing 3-0 4-0')).answered(2);
  tracked.current.beat();
  expect(leg('commit').low).toBe(tracked.current.graph.epoch);
  expect(tracked.current.graph.epoch).toBeGreaterThan(before);
  // A place that is behind is no step back.
  expect(tracked.current.graph.ports.of(leg('fetch')).map(({ position }) => position)).toEqual([
    { major: 9, minor: 0 },
  ]);
});

test('who only claims is a consumer as well', () => {
  const send = open();
  send(words('XCLAIM orders billing one 1000 1-0 2-0 JUSTID')).answered(['1-0', '2-0']);
  expect(leg('handle').inFlight).toBe(2);
  // What another read brings again is the same entry.
  send(words('XREADGROUP GROUP billing one STREAMS orders 0')).answered(entries('1-0', '2-0'));
  expect(leg('handle').inFlight).toBe(2);
});

test.each([
  [
    'XCLAIM',
    false,
    [
      ['1-0', ['n', '1']],
      ['2-0', ['n', '2']],
    ],
    ['1-0', '2-0'],
  ],
  ['XCLAIM of a deleted entry', false, [null, ['2-0', ['n', '2']]], ['2-0']],
  ['XCLAIM JUSTID', false, ['1-0'], ['1-0']],
  ['XAUTOCLAIM', true, ['0-0', [['1-0', ['n', '1']], null], ['7-0']], ['1-0']],
  ['XAUTOCLAIM JUSTID in bytes', true, [Buffer.from('0-0'), [Buffer.from('1-0')]], ['1-0']],
  ['nothing', true, null, []],
  ['garbage', true, ['0-0', ['x', 7, {}]], []],
] as const)('the answer to %s', (_, withCursor, answer, ids) => {
  expect(readClaimed(answer, withCursor)).toEqual(ids);
});

test('a consumer that asks for more before it has acknowledged its first entries keeps them in hand', () => {
  const send = open();
  send(READ).answered(entries('1-0', '2-0'));
  send(READ).answered(entries('3-0'));
  expect(leg('handle').inFlight).toBe(3);
  pass(20_000);
  // By now it is one that never acknowledges: who asks again is done.
  send(READ);
  expect(leg('handle').inFlight).toBe(0);
});

test('entries of several streams with the same id are not one', () => {
  const send = open();
  send(words('XREADGROUP GROUP billing one STREAMS orders returns > >')).answered([
    ['orders', [['1-0', ['n', '1']]]],
    ['returns', [['1-0', ['n', '1']]]],
  ]);
  const handle = tracked.current.named('orders,returns/billing handle') as unknown as ExplicitOperator;
  expect(handle.inFlight).toBe(2);
  send(words('XACK returns billing 1-0')).answered(1);
  expect(handle.inFlight).toBe(1);
  expect(handle.oldest()?.key).toBe('orders 1-0');
});

test('ids that are none are counted, raise nothing and inherit no position', () => {
  const send = open();
  send(READ).answered(entries('7-1'));
  send(READ).answered([['orders', [['x', []], [undefined, []], ['99999999999999999999-0', []], 'nothing']]]);
  send(READ).answered(['orders']);
  send(READ).answered({ orders: 7 });
  const { ports } = tracked.current.board;
  expect(ports[PortCell.MESSAGES]).toBe(4);
  expect(ports[PortCell.UNPOSITIONED]).toBe(3);
  expect(tracked.current.graph.ports.of(leg('fetch')).map(({ position }) => position)).toEqual([
    { major: 7, minor: 1 },
  ]);
});

test('a read that is not answered although the server may not wait any longer says that the server is away', () => {
  const send = open();
  send(READ).answered(entries('1-0'));
  const away = (): number => leg('fetch').condition.disconnectedSinceMs;
  const wait = send(words('XREADGROUP GROUP billing one COUNT 10 BLOCK 2000 STREAMS orders >'));
  const askedMs = tracked.current.board.clock[Clock.NOW_MS] as number;
  pass(2900);
  tracked.current.beat();
  expect(away()).toBe(0);
  pass(200);
  tracked.current.beat();
  expect(away()).toBe(askedMs + 2000);
  wait.answered(null);
  tracked.current.beat();
  expect(away()).toBe(0);
  send(words('XREADGROUP GROUP billing one BLOCK 0 STREAMS orders >'));
  pass(100_000);
  tracked.current.beat();
  expect(away(), 'it may wait for ever').toBe(0);
});

test('a read that the server refuses is owed until one is answered, and one that was lost with its connection is not', () => {
  const send = open();
  send(READ).answered(null);
  expect(leg('fetch').inFlight).toBe(0);
  send(READ).failed(new Error("NOGROUP No such key 'orders' or consumer group 'billing'"));
  expect(leg('fetch')).toMatchObject({ inFlight: 1, completed: 0, condition: { failures: 1 } });
  send(READ).failed(new Error('Connection is closed.'));
  expect(leg('fetch').inFlight).toBe(1);
  send(READ).answered(entries('1-0'));
  expect(leg('fetch')).toMatchObject({ inFlight: 0, completed: 1 });
  send(READ).failed(new Error('LOADING Redis is loading the dataset in memory'));
  expect(leg('fetch').inFlight).toBe(0);
});
