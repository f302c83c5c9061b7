import { EventEmitter } from 'node:events';
import { Readable, Transform, Writable } from 'node:stream';
import { describe, expect, test } from 'vitest';
import type { Operator } from '../../../../agent/src/operator/operator.ts';
import { CONSTRUCTED_WITHIN_MS } from '../../../../agent/src/stream/user-pause.ts';
import { settle, stateOf, trackEachTest } from './tracked.ts';

const tracked = trackEachTest();
const named = (name: string): Operator => tracked.current.named(name) as never;

/** Lets the listeners that were registered until now grow old enough to become operators. */
function grow(): void {
  for (let pulse = 0; pulse < 6; pulse++) tracked.current.pulse();
  const { adoption, board, graph } = tracked.current;
  graph.emptyStack.enter(() => adoption.young.grow(board.clock[0] as number));
}

class Numbers extends Readable {
  constructor() {
    super({ objectMode: true, highWaterMark: 2, read() {} });
  }
}

class Parse extends Transform {
  constructor() {
    super({ objectMode: true, highWaterMark: 2, transform: (record, _encoding, done) => done(null, record) });
  }
}

/** Has room for one record, and ends its writes when it is told to. */
class Ledger extends Writable {
  readonly held: (() => void)[] = [];
  constructor() {
    super({ objectMode: true, highWaterMark: 1 });
  }
  override _write(_record: unknown, _encoding: unknown, done: () => void): void {
    this.held.push(done);
  }
}

/** What is told of an operator, such as "PAUSED by stream.pause()". */
function told(name: string): string {
  const state = stateOf(named(name));
  const { pauseReason } = named(name).condition;
  return pauseReason === undefined ? state : `${state} by ${pauseReason}`;
}

describe('a stream that the program pauses', () => {
  test('is paused, and says by what, until it is resumed', async () => {
    const source = new Numbers();
    source.pipe(new Ledger());
    await settle();
    source.pause();
    for (let record = 0; record < 4; record++) source.push(record);
    await settle();
    expect(told('Numbers')).toBe('PAUSED by stream.pause()');
    expect(told('Ledger')).toBe('IDLE');
    source.resume();
    await settle();
    expect(told('Numbers')).toBe('BACKPRESSURED');
    expect(told('Ledger')).toBe('BUSY');
  });

  test('is paused in the middle of a chain as well', async () => {
    const source = new Numbers();
    const parse = new Parse();
    source.pipe(parse).on('data', function onRecord() {});
    await settle();
    grow();
    parse.pause();
    for (let record = 0; record < 8; record++) source.push(record);
    await settle();
    expect(told('Parse')).toBe('PAUSED by stream.pause()');
    expect(told('onRecord')).toBe('PAUSED by stream.pause()');
    expect(told('Numbers')).toBe('BACKPRESSURED');
    parse.resume();
    await settle();
    expect(told('Parse')).toBe('IDLE');
  });

  test('and is read by nobody any more is not paused', async () => {
    const source = new Numbers();
    const ledger = new Ledger();
    source.pipe(ledger);
    await settle();
    source.unpipe(ledger);
    for (let record = 0; record < 4; record++) source.push(record);
    await settle();
    expect(told('Numbers')).toBe('BACKPRESSURED');
  });
});

test('a pipe whose target is full pauses nothing on purpose', async () => {
  const source = new Numbers();
  source.pipe(new Ledger());
  source.pipe(new Ledger());
  for (let record = 0; record < 8; record++) source.push(record);
  await settle();
  expect(told('Numbers')).toBe('BACKPRESSURED');
});

test('nor does one whose target is no stream of ours', async () => {
  const source = new Numbers();
  const target = Object.assign(new EventEmitter(), { writable: true, write: () => false, end: () => target });
  source.on('data', function onRecord() {});
  source.pipe(target as never);
  grow();
  for (let record = 0; record < 4; record++) source.push(record);
  await settle();
  expect(told('Numbers')).toBe('BACKPRESSURED');
});

test('a program that pauses until there is room again is held up, and its full target at work', async () => {
  const source = new Numbers();
  const ledger = new Ledger();
  source.on('data', function store(record) {
    if (ledger.write(record)) return;
    source.pause();
    ledger.once('drain', () => source.resume());
  });
  await settle();
  grow();
  for (let record = 0; record < 3; record++) source.push(record);
  await settle();
  expect(tracked.current.edgeNames()).toEqual(['Numbers -> store', 'store -> Ledger']);
  expect(told('Numbers')).toBe('BACKPRESSURED');
  expect(told('store')).toBe('BACKPRESSURED');
  expect(told('Ledger')).toBe('BUSY');
  for (let record = 0; record < 3; record++) {
    ledger.held[record]?.();
    await settle();
  }
  expect(told('store')).toBe('IDLE');
});

test('a listener that pauses its stream while it works on a chunk is at work', async () => {
  const source = new Numbers();
  let done = (): void => {};
  source.on('data', async function store() {
    source.pause();
    await new Promise<void>((resolve) => {
      done = resolve;
    });
    source.resume();
  });
  await settle();
  grow();
  for (let record = 0; record < 4; record++) source.push(record);
  await settle();
  expect(told('store')).toBe('BUSY');
  expect(told('Numbers')).toBe('BACKPRESSURED');
  done();
  await settle();
  expect(told('store')).toBe('BUSY');
});

test('a corked stream says so', async () => {
  const source = new Numbers();
  const ledger = new Ledger();
  source.pipe(ledger);
  await settle();
  ledger.cork();
  source.push(1);
  await settle();
  expect(told('Ledger')).toBe('PAUSED by stream.cork()');
  ledger.uncork();
  await settle();
  expect(told('Ledger')).toBe('BUSY');
});

test('a stream that is still being constructed says so, for as long as that may take', async () => {
  let constructed = (): void => {};
  class Store extends Ledger {
    override _construct(done: () => void): void {
      constructed = done;
    }
  }
  const source = new Numbers();
  source.pipe(new Store());
  await settle();
  source.push(1);
  await settle();
  expect(told('Store')).toBe('PAUSED by _construct()');
  const { clock } = tracked.current.board;
  clock[0] = (clock[0] as number) + CONSTRUCTED_WITHIN_MS;
  expect(told('Store'), 'it hangs').toBe('BUSY');
  constructed();
  await settle();
  expect(told('Store')).toBe('BUSY');
});
