import { PassThrough, Readable, Writable } from 'node:stream';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { createBoard } from '../../../../agent/src/board/board.ts';
import { Control } from '../../../../agent/src/board/layout.ts';
import { Graph } from '../../../../agent/src/operator/graph.ts';
import { Adoption } from '../../../../agent/src/stream/adoption.ts';
import { hookStreams } from '../../../../agent/src/stream/hooks.ts';
import { Young, type YoungOne } from '../../../../agent/src/young/young.ts';
import { type Harness, openHarness } from '../../../property/support/harness.mjs';
import { settle } from '../stream/tracked.ts';

class One implements YoungOne {
  adopted = 0;
  ended = false;
  readonly bornMs: number;
  constructor(bornMs: number) {
    this.bornMs = bornMs;
  }
  alive(): boolean {
    return !this.ended;
  }
  adopt(): boolean {
    this.adopted++;
    return true;
  }
}

describe('the list of the young', () => {
  let errors: unknown[];
  let board: ReturnType<typeof createBoard>;
  let young: Young;
  const dropped = (): number => board.control[Control.OPERATORS_DROPPED] ?? 0;

  beforeEach(() => {
    errors = [];
    board = createBoard();
    young = new Young(new Graph({ board, post: () => {}, onError: (error) => errors.push(error) }), {
      take: () => false,
    });
  });

  it('adopts what has lived for long enough, once, and nothing that has ended', () => {
    const [lives, ends] = [new One(0), new One(0)];
    young.add(lives);
    young.add(ends);
    young.grow(40);
    expect([lives.adopted, ends.adopted]).toEqual([0, 0]);
    ends.ended = true;
    young.grow(60);
    young.grow(120);
    expect([lives.adopted, ends.adopted, young.size]).toEqual([1, 0, 0]);
  });

  it('keeps nothing that has ended until it would have been grown', () => {
    const one = new One(0);
    young.add(one);
    one.ended = true;
    young.grow(1);
    expect(young.size).toBe(0);
  });

  it('forgets what has ended between two beats, once as many have come again', () => {
    let most = 0;
    for (let born = 0; born < 1000; born++) {
      const one = new One(0);
      young.add(one);
      one.ended = true;
      most = Math.max(most, young.size);
    }
    expect(most).toBe(64);
    const living = Array.from({ length: 500 }, () => new One(0));
    for (const one of living) young.add(one);
    young.grow(40);
    expect(young.size).toBe(500);
  });

  it('looks seldom at those that go on', () => {
    let looks = 0;
    const alive = (): boolean => ++looks > 0;
    for (let born = 0; born < 5000; born++) young.add(Object.assign(new One(0), { alive }));
    expect(looks).toBeLessThan(2 * 5000);
  });

  it('adopts a few in a beat, the oldest first, and more of those that are old', () => {
    const many = Array.from({ length: 100 }, () => new One(0));
    for (const one of many) young.add(one);
    young.grow(100);
    expect(many.filter(({ adopted }) => adopted > 0)).toEqual(many.slice(0, 2));
    young.grow(1000);
    expect(many.filter(({ adopted }) => adopted > 0)).toEqual(many.slice(0, 34));
  });

  it('finds the one that goes on among thousands that live for longer than a beat', () => {
    const lasting = new One(0);
    let nowMs = 0;
    let requests: One[] = [];
    for (; nowMs < 2000 && lasting.adopted === 0; nowMs += 50) {
      // Each request takes 200 ms.
      for (const one of requests) if (nowMs - one.bornMs >= 200) one.ended = true;
      requests = requests.filter(({ ended }) => !ended);
      for (let request = 0; request < 100; request++) {
        const one = new One(nowMs);
        requests.push(one);
        young.add(one);
        if (nowMs === 500 && request === 50) young.add(lasting);
      }
      young.grow(nowMs);
    }
    expect(nowMs).toBeLessThan(1100);
  });

  it('is bounded, and counts what finds no room', () => {
    for (let count = 0; count < 10_003; count++) young.add(new One(0));
    expect([young.size, dropped()]).toEqual([10_000, 3]);
  });

  it('goes on after one that cannot be adopted', () => {
    const bad: YoungOne = {
      bornMs: 0,
      alive: () => true,
      adopt() {
        throw new Error('mine');
      },
    };
    const good = new One(0);
    young.add(bad);
    young.add(good);
    young.grow(100);
    expect([errors.length, good.adopted, young.size]).toEqual([1, 1, 0]);
  });

  it('lets them grow without beats when the event loop never comes round to its timers', async () => {
    const one = new One(0);
    young.add(one);
    board.clock[0] = 100;
    young.hurry();
    await settle();
    expect(one.adopted).toBe(0);
    board.clock[0] = 250;
    young.hurry();
    await settle();
    expect(one.adopted).toBe(1);
  });
});

describe('beyond the budget', () => {
  let harness: Harness;

  beforeEach(() => {
    harness = openHarness({ createBoard, Graph, Adoption, hookStreams }, { take: () => false });
  });
  afterEach(() => harness.close());

  const grow = (): void => {
    for (let beat = 0; beat < 6; beat++) harness.beat();
  };
  class Sink extends Writable {
    readonly held: (() => void)[] = [];
    constructor() {
      super({ objectMode: true });
    }
    override _write(_record: unknown, _encoding: string, done: () => void): void {
      this.held.push(done);
    }
  }

  it('a pipe is found when it has lived for a while, and counts from then on', async () => {
    class Source extends Readable {
      override _read(): void {}
    }
    const [source, sink] = [new Source({ objectMode: true }), new Sink()];
    source.pipe(sink);
    source.push('before');
    await settle();
    expect(harness.graph.operators).toEqual([]);
    grow();
    await settle();
    expect(harness.edgeNames()).toEqual(['Source -> Sink']);
    expect(harness.named('Sink')).toMatchObject({ completed: 0, inFlight: 1 });
    sink.held[0]?.();
    source.push('after');
    await settle();
    sink.held[1]?.();
    expect(harness.named('Sink')?.inFlight).toBe(0);
  });

  it('one that ends before is never an operator, whatever connects it', async () => {
    for (let request = 0; request < 200; request++) {
      Readable.from(['a']).pipe(new PassThrough()).resume();
      new ReadableStream({
        start(controller) {
          controller.enqueue('a');
          controller.close();
        },
      })
        .pipeThrough(new TransformStream())
        .pipeTo(new WritableStream());
    }
    await settle(40);
    grow();
    await settle();
    expect(harness.operators.size).toBe(0);
    expect(harness.adoption.young.size).toBe(0);
  });

  it('Web Streams have counted all the same when they are found', async () => {
    let give: (record: string) => void = () => {};
    const held: (() => void)[] = [];
    class Work {
      transform(): Promise<void> {
        return new Promise((resolve) => held.push(resolve));
      }
    }
    new ReadableStream<string>({
      start(controller) {
        give = (record) => controller.enqueue(record);
      },
    })
      .pipeThrough(new TransformStream(new Work()))
      .pipeTo(new WritableStream());
    give('a');
    await settle();
    held.shift()?.();
    give('b');
    await settle();
    grow();
    await settle();
    expect(harness.named('Work')).toMatchObject({ completed: 1, inFlight: 1 });
  });

  it('a generator is found at its first pull after it has grown', async () => {
    let pull: () => void = () => {};
    async function* numbers() {
      for (let number = 0; ; number++) {
        await new Promise<void>((resolve) => {
          pull = resolve;
        });
        yield number;
      }
    }
    async function consume(): Promise<void> {
      for await (const _number of numbers());
    }
    void consume();
    await settle();
    grow();
    await settle();
    expect(harness.operators.size).toBe(0);
    pull();
    await settle();
    grow();
    await settle();
    expect(harness.edgeNames()).toEqual(['numbers -> consume']);
  });
});
