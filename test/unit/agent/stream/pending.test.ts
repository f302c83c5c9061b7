import { PassThrough, Readable, Transform, Writable } from 'node:stream';
import { pipeline } from 'node:stream/promises';
import { describe, expect, test } from 'vitest';
import { FunctionOperator } from '../../../../agent/src/operator/function-operator.ts';
import { pendingAmong } from '../../../../agent/src/operator/pending.ts';
import { settle, trackEachTest } from './tracked.ts';

const tracked = trackEachTest();

/** Names of what could not be left alone if the event loop ended now. */
async function pending(): Promise<string[]> {
  await settle(12);
  tracked.current.grow();
  tracked.current.beat();
  await settle();
  const { graph } = tracked.current;
  return pendingAmong(graph.operators).map(({ id }) => graph.find(id)?.name ?? '');
}

const NEVER: Promise<void> = new Promise(() => undefined);

class Numbers extends Readable {
  #next = 0;
  readonly #count: number;
  constructor(count: number) {
    super({ objectMode: true });
    this.#count = count;
  }
  override _read(): void {
    setImmediate(() => this.push(this.#next < this.#count ? this.#next++ : null));
  }
}

/** Holds the record of that number for ever. */
class Enrich extends Transform {
  readonly #lost: number;
  constructor(lost = Number.POSITIVE_INFINITY) {
    super({ objectMode: true });
    this.#lost = lost;
  }
  override _transform(record: number, _encoding: unknown, done: (error: null, record: number) => void): void {
    if (record !== this.#lost) done(null, record);
  }
}

class Store extends Writable {
  constructor() {
    super({ objectMode: true, write: (_record, _encoding, done) => setImmediate(done) });
  }
}

describe('pending', () => {
  test('is a transform that has not called back, and none of its victims', async () => {
    new Numbers(100).pipe(new Enrich(3)).pipe(new Store());
    expect(await pending()).toEqual(['Enrich']);
  });

  test('is a sink that has been told to end and does not', async () => {
    class Never extends Writable {
      override _write(_record: unknown, _encoding: unknown, done: () => void): void {
        done();
      }
      override _final(): void {}
    }
    Readable.from(['a']).pipe(new Never());
    expect(await pending()).toEqual(['Never']);
  });

  test('is a last transform of which nothing was ever read', async () => {
    void pipeline(new Numbers(100), new Enrich(), new PassThrough({ objectMode: true }));
    expect(await pending()).toEqual([expect.stringMatching(/^PassThrough /)]);
  });

  test('is a generator that awaits, and a call that has not settled', async () => {
    async function* wait(records: AsyncIterable<number>): AsyncGenerator<number> {
      for await (const record of records) {
        if (record === 2) await NEVER;
        yield record;
      }
    }
    void pipeline(new Numbers(100), wait, new Store());
    void FunctionOperator.wrap(tracked.current.graph, 'fetchPrice', () => NEVER)();
    expect((await pending()).sort()).toEqual(['fetchPrice', 'wait']);
  });
});

describe('nothing is pending', () => {
  test('in a pipeline that has come to its end', async () => {
    await pipeline(new Numbers(5), new Enrich(), new Store());
    expect(await pending()).toEqual([]);
  });

  test('when a loop was left and its stream destroyed', async () => {
    const numbers = new Numbers(100);
    for await (const number of numbers.pipe(new Enrich())) if (number === 3) break;
    expect(await pending()).toEqual([]);
  });

  test('when nothing comes', async () => {
    new Readable({ objectMode: true, read() {} }).pipe(new Enrich()).pipe(new Store());
    expect(await pending()).toEqual([]);
  });

  test('when somebody has read the first record of an output and then no more', async () => {
    const output = new Numbers(100).pipe(new Enrich());
    await settle(4);
    output.once('readable', () => output.read());
    expect(await pending()).toEqual([]);
  });

  test('when a reader has taken one chunk and then no more', async () => {
    const { body } = new Response(new Uint8Array(100_000));
    const reader = body?.getReader();
    await reader?.read();
    expect(await pending()).toEqual([]);
    expect(tracked.current.graph.operators.map(({ kind }) => kind)).toContain('sink');
  });

  test('when the program has paused the flow', async () => {
    const output = new Numbers(100).pipe(new Enrich());
    output.on('data', () => output.pause());
    expect(await pending()).toEqual([]);
  });
});
