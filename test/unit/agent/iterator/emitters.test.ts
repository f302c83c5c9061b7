import events, { EventEmitter } from 'node:events';
import { createInterface } from 'node:readline';
import { PassThrough } from 'node:stream';
import { beforeEach, describe, expect, test } from 'vitest';
import type { Operator } from '../../../../agent/src/operator/operator.ts';
import { seededRandom } from '../../../property/support/random.mjs';
import { settle, stateOf, trackEachTest } from '../stream/tracked.ts';

const tracked = trackEachTest();
const named = (name: string): Operator => tracked.current.named(name) as never;

/** An epoch begins in the middle of somebody's work. */
function pulseNow(): void {
  const { graph } = tracked.current;
  tracked.current.pulse();
  const [operator] = graph.operators as Iterable<Operator>;
  if (operator !== undefined) operator.completion(0);
}

/** Lets the loops that have begun grow old enough to become operators. */
async function grow(): Promise<void> {
  await settle();
  for (let pulse = 0; pulse < 30; pulse++) tracked.current.pulse();
  tracked.current.beat();
}

let emitter: EventEmitter & { pause?: () => void; resume?: () => void };
let go: () => void;

beforeEach(() => {
  emitter = new EventEmitter();
  go = () => {};
});

async function listen(options?: object): Promise<void> {
  for await (const [record] of events.on(emitter, 'order', options)) {
    if (record === 'last') break;
    await new Promise<void>((resolve) => {
      go = resolve;
    });
  }
}

describe('a loop over the events of an emitter', () => {
  test('takes from the emitter, and a marker passes it when the events before it are done with', async () => {
    void listen();
    emitter.emit('order', 1);
    await grow();
    expect(tracked.current.edgeNames()).toEqual(['EventEmitter order -> listen']);
    for (const record of [2, 3]) emitter.emit('order', record);
    const [edge] = named('EventEmitter order').outputs;
    expect(edge?.queued()).toBe(3);
    expect(stateOf(named('listen'))).toBe('BUSY');
    tracked.current.beat();
    const { epoch } = tracked.current.graph;
    emitter.emit('order', 4);
    for (let record = 1; record <= 3; record++) {
      expect(named('listen').low).toBeLessThan(epoch);
      go();
      await settle();
    }
    expect(named('listen').low).toBe(epoch);
    go();
    await settle();
    expect(stateOf(named('listen'))).toBe('IDLE');
    // Since it has become an operator.
    expect(named('EventEmitter order').done).toBe(3);
  });

  test('inside a generator makes a step of it', async () => {
    async function* orders(): AsyncGenerator<unknown> {
      for await (const [record] of events.on(emitter, 'order')) yield record;
    }
    async function store(): Promise<void> {
      for await (const _record of orders());
    }
    void store();
    emitter.emit('order', 1);
    await grow();
    expect(tracked.current.edgeNames().sort()).toEqual(['EventEmitter order -> orders', 'orders -> store']);
  });

  test('leaves the graph when it ends', async () => {
    void listen();
    emitter.emit('order', 1);
    await grow();
    emitter.emit('order', 'last');
    go();
    await settle();
    tracked.current.beat();
    tracked.current.beat();
    expect(tracked.current.graph.operators).toEqual([]);
    expect(emitter.listenerCount('order')).toBe(0);
  });

  test('that is behind tells its emitter to wait, which is then held up', async () => {
    Object.assign(emitter, { pause: () => {}, resume: () => {} });
    void listen({ highWaterMark: 2 });
    for (let record = 0; record < 5; record++) emitter.emit('order', record);
    await grow();
    expect(stateOf(named('EventEmitter order'))).toBe('BACKPRESSURED');
    for (let record = 0; record < 5; record++) {
      go();
      await settle();
    }
    expect(stateOf(named('EventEmitter order'))).toBe('IDLE');
  });
});

test('the iterators that Node makes of events for itself are none of these', async () => {
  const input = new PassThrough();
  const read = async (): Promise<void> => {
    for await (const _line of createInterface({ input }));
  };
  void read();
  input.write('a\nb\n');
  await grow();
  expect(tracked.current.graph.operators.map(({ name }) => name)).not.toContainEqual(expect.stringContaining('line'));
});

test('no marker passes a loop before an event that precedes it', async () => {
  const seed = Number(process.env.STREAMGAUGE_SEED ?? Math.floor(Math.random() * 2 ** 31));
  const random = seededRandom(seed);
  let checks = 0;
  for (let run = 0; run < 60; run++) {
    // What an emitter does when it may go on comes in the middle of the loop's asking for the next event.
    emitter = Object.assign(new EventEmitter(), { pause: () => {}, resume: () => pulseNow() });
    const options = random.chance(0.5) ? { highWaterMark: 1 + random.below(3) } : {};
    let given = 0;
    let done = 0;
    const cuts = new Map<number, number>();
    tracked.current.onPass = (operator, epoch) => {
      if ((operator as Operator).kind === 'source') cuts.set(epoch, given);
      const cut = cuts.get(epoch);
      if (!operator.name.startsWith('take') || cut === undefined || epoch === Number.POSITIVE_INFINITY) return;
      expect(done, `seed ${seed}`).toBeGreaterThanOrEqual(cut);
      checks++;
    };
    const take = async function take(): Promise<void> {
      for await (const [record] of events.on(emitter, 'order', options)) {
        for (let turns = random.below(4); turns > 0; turns--) await undefined;
        if (random.chance(0.2)) tracked.current.pulse();
        done++;
        if (record === 'last') break;
      }
    };
    const taken = take();
    for (let record = 0; record < 80; record++) {
      given++;
      emitter.emit('order', record);
      if (record === 5) await grow();
      if (random.chance(0.2)) tracked.current.pulse();
      if (random.chance(0.1)) tracked.current.beat();
      if (random.chance(0.3)) await (random.chance(0.5) ? undefined : new Promise(setImmediate));
    }
    await settle(60);
    tracked.current.beat();
    expect(tracked.current.graph.operators.map(({ low }) => low)).toEqual([
      tracked.current.graph.epoch,
      tracked.current.graph.epoch,
    ]);
    given++;
    emitter.emit('order', 'last');
    await taken;
    await settle();
    tracked.current.beat();
    tracked.current.beat();
    expect(tracked.current.graph.operators).toEqual([]);
  }
  expect(checks).toBeGreaterThan(500);
}, 30_000);
