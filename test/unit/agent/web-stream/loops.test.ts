import { Readable } from 'node:stream';
import { describe, expect, test } from 'vitest';
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

/** A stream into which the test puts chunks. */
function tap(highWaterMark = 10): { readonly stream: ReadableStream<number>; give(...chunks: number[]): void } {
  let controller: ReadableStreamDefaultController<number>;
  const stream = new ReadableStream<number>(
    {
      start: function numbers(given) {
        controller = given;
      },
    },
    { highWaterMark },
  );
  return {
    stream,
    give: (...chunks) => {
      for (const chunk of chunks) controller.enqueue(chunk);
    },
  };
}

describe('a loop over a Web Stream', () => {
  test('passes a marker when the chunks before it are done with', async () => {
    const { stream, give } = tap();
    let go = (): void => {};
    const consume = async (): Promise<void> => {
      for await (const _chunk of stream)
        await new Promise<void>((resolve) => {
          go = resolve;
        });
    };
    void consume();
    give(1, 2);
    await grow();
    expect(tracked.current.edgeNames()).toEqual(['numbers -> consume']);
    give(3);
    const [edge] = named('numbers').outputs;
    expect(edge).toMatchObject({ carries: true });
    expect(edge?.queued()).toBe(3);
    expect(stateOf(named('consume'))).toBe('BUSY');
    tracked.current.beat();
    const { epoch } = tracked.current.graph;
    give(4);
    for (let chunk = 1; chunk <= 3; chunk++) {
      expect(named('consume').low).toBeLessThan(epoch);
      go();
      await settle();
    }
    expect(named('consume').low).toBe(epoch);
    go();
    await settle();
    expect(stateOf(named('consume'))).toBe('IDLE');
  });

  test('follows a transform, and leaves the graph when it ends', async () => {
    const { stream, give } = tap();
    const through = stream.pipeThrough(
      new TransformStream({ transform: function parse(chunk, controller) { controller.enqueue(chunk); } }),
    ); // biome-ignore format: short
    const consume = async (): Promise<void> => {
      for await (const chunk of through.values()) if (chunk === 3) break;
    };
    const ended = consume();
    give(1);
    await grow();
    expect(tracked.current.edgeNames().sort()).toEqual(['numbers -> parse', 'parse -> consume']);
    give(2, 3);
    await ended;
    tracked.current.beat();
    tracked.current.beat();
    expect(tracked.current.graph.operators).toEqual([]);
  });

  test('over a stream that was read before is only shown', async () => {
    const { stream, give } = tap();
    give(1);
    const reader = stream.getReader();
    await reader.read();
    reader.releaseLock();
    const consume = async (): Promise<void> => {
      for await (const _chunk of stream);
    };
    void consume();
    await grow();
    expect(named('consume').inputs[0]?.carries).toBe(false);
  });

  test('of Node itself is none of the user', async () => {
    const { stream, give } = tap();
    Readable.fromWeb(stream as never, { objectMode: true }).resume();
    give(1);
    await grow();
    expect(tracked.current.graph.operators).toEqual([]);
  });
});

test('a function that reads with a reader is shown, and whether it has a chunk', async () => {
  const { stream, give } = tap();
  const reader = stream.getReader();
  let go = (): void => {};
  const consume = async (): Promise<void> => {
    for (let read = await reader.read(); !read.done; read = await reader.read()) {
      await new Promise<void>((resolve) => {
        go = resolve;
      });
    }
  };
  void consume();
  await grow();
  expect(named('consume').inputs[0]).toMatchObject({ carries: false, source: named('numbers') });
  expect(stateOf(named('consume'))).toBe('IDLE');
  give(1);
  await settle();
  expect(stateOf(named('consume'))).toBe('BUSY');
  go();
  await settle();
  expect(stateOf(named('consume'))).toBe('IDLE');
  void reader.cancel();
  await settle();
  tracked.current.beat();
  tracked.current.beat();
  expect(tracked.current.graph.operators).toEqual([]);
});

test('`for await` and values() are one function, as they were, and are put back', () => {
  const { prototype } = ReadableStream;
  const { values } = prototype;
  expect(prototype[Symbol.asyncIterator]).toBe(values);
  tracked.current.close();
  expect(prototype.values).not.toBe(values);
  expect(prototype[Symbol.asyncIterator]).toBe(prototype.values);
});

test('no marker passes a loop before a chunk that precedes it', async () => {
  const seed = Number(process.env.STREAMGAUGE_SEED ?? Math.floor(Math.random() * 2 ** 31));
  const random = seededRandom(seed);
  let checks = 0;
  for (let run = 0; run < 60; run++) {
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
    const total = 60;
    let finish = (): void => {};
    const stream = new ReadableStream<number>(
      {
        async pull(controller) {
          for (let turns = random.below(3); turns > 0; turns--) await undefined;
          if (given >= total) {
            finish = () => controller.close();
            return;
          }
          for (let burst = 1 + random.below(3); burst > 0; burst--) {
            given++;
            controller.enqueue(given);
            // Whoever takes the chunk may be in the middle of asking for it.
            if (random.chance(0.3)) pulseNow();
          }
        },
      },
      { highWaterMark: random.below(4) },
    );
    const take = async function take(): Promise<void> {
      for await (const _chunk of stream) {
        if (done === 5) await grow();
        for (let turns = random.below(4); turns > 0; turns--) await (random.chance(0.8) ? undefined : settle(1));
        if (random.chance(0.2)) tracked.current.pulse();
        done++;
      }
    };
    const taken = take();
    while (done < total || done < given) await settle();
    tracked.current.beat();
    expect(tracked.current.graph.operators.map(({ low }) => low)).toEqual([
      tracked.current.graph.epoch,
      tracked.current.graph.epoch,
    ]);
    finish();
    await taken;
    await settle();
    tracked.current.beat();
    tracked.current.beat();
    expect(tracked.current.graph.operators).toEqual([]);
  }
  expect(checks).toBeGreaterThan(500);
}, 30_000);
