import { setImmediate as nextTurn } from 'node:timers/promises';
import { describe, expect, it } from 'vitest';
import { settle, stateOf, trackEachTest } from '../stream/tracked.ts';

const tracked = trackEachTest();

function numbers(count: number): ReadableStream<number> {
  let next = 0;
  return new ReadableStream<number>({
    async pull(controller) {
      await nextTurn();
      if (next === count) controller.close();
      else controller.enqueue(next++);
    },
  });
}

function parse(): TransformStream<number, number> {
  return new TransformStream({
    transform: function parse(chunk, controller) {
      controller.enqueue(chunk);
    },
  });
}

const ledger = (): WritableStream<unknown> => new WritableStream({ write: function ledger() {} });
const edges = (): string[] => tracked.current.edgeNames().sort();
const place = expect.stringMatching(/^ReadableStream graph\.test\.ts:\d+ -> parse$/);

describe('the graph of Web Streams', () => {
  it('is found from pipeThrough() and pipeTo()', async () => {
    await numbers(3).pipeThrough(parse()).pipeThrough(parse()).pipeTo(ledger());
    expect(edges()).toEqual([place, 'parse #2 -> ledger', 'parse -> parse #2']);
  });

  it('shows both branches of tee()', async () => {
    const [left, right] = numbers(3).pipeThrough(parse()).tee();
    await Promise.all([left.pipeTo(ledger()), right.pipeTo(ledger())]);
    expect(edges()).toEqual([place, 'parse -> ledger', 'parse -> ledger #2']);
  });

  it('shows what the runtime transforms by its connections', async () => {
    const text = new ReadableStream({
      start: function lines(controller) {
        controller.enqueue('line\n');
        controller.close();
      },
    });
    await text.pipeThrough(new TextEncoderStream()).pipeThrough(new CompressionStream('gzip')).pipeTo(ledger());
    expect(edges()).toEqual([
      'CompressionStream -> ledger',
      'TextEncoderStream -> CompressionStream',
      'lines -> TextEncoderStream',
    ]);
    for (const { outputs } of tracked.current.graph.operators)
      for (const edge of outputs) expect(edge.carries).toBe(false);
  });

  it('shows a pipe whose source was read by hand before by its connection only', async () => {
    const readable = numbers(4).pipeThrough(parse());
    const reader = readable.getReader();
    await reader.read();
    reader.releaseLock();
    const done = readable.pipeTo(ledger());
    await settle(1);
    const edge = tracked.current.named('parse')?.outputs[0];
    expect(edge?.target.name).toBe('ledger');
    expect(edge?.carries).toBe(false);
    await done;
  });

  it('lets go of streams that have ended', async () => {
    await numbers(3).pipeThrough(parse()).pipeTo(ledger());
    tracked.current.beat();
    tracked.current.beat();
    expect(tracked.current.graph.operators.map(({ name }) => name)).toEqual([]);
  });
});

describe('the state of a Web Stream', () => {
  it('is busy at the chunk whose promise hangs, and backpressured before it', async () => {
    const { promise, resolve } = Promise.withResolvers<void>();
    const hang = new TransformStream<number, number>({
      transform: function hang() {
        return promise;
      },
    });
    const done = numbers(40).pipeThrough(parse()).pipeThrough(hang).pipeTo(ledger());
    await settle(20);
    const { named } = tracked.current;
    expect(stateOf(named('hang'))).toBe('BUSY');
    expect(named('hang')?.inspect()).toMatchObject({ callbackOutstanding: true, functions: [expect.any(Function)] });
    expect(stateOf(named('parse'))).toBe('BACKPRESSURED');
    expect(stateOf(named('ledger'))).toBe('IDLE');
    resolve();
    await done;
  });

  it('is unread when its output is full and nobody has ever begun to read it', async () => {
    const tail = numbers(40).pipeThrough(parse()).pipeThrough(parse());
    await settle(20);
    const { named } = tracked.current;
    expect([stateOf(named('parse')), named('parse')?.unread()]).toEqual(['BACKPRESSURED', false]);
    expect([stateOf(named('parse #2')), named('parse #2')?.unread()]).toEqual(['BACKPRESSURED', true]);
    const reader = tail.getReader();
    await reader.read();
    reader.releaseLock();
    await settle(20);
    expect([stateOf(named('parse #2')), named('parse #2')?.unread()], 'read now and then').toEqual([
      'BACKPRESSURED',
      false,
    ]);
  });

  it('is busy at a chunk whose thenable is no promise, and a marker waits for it', async () => {
    const settles: (() => void)[] = [];
    let asked = 0;
    const slow = new TransformStream<number, number>({
      transform: function slow() {
        return {
          // biome-ignore lint/suspicious/noThenProperty: what is to be shown
          get then() {
            asked++;
            return (resolve: () => void) => settles.push(resolve);
          },
        } as unknown as Promise<void>;
      },
    });
    const one = new ReadableStream<number>({ start: (controller) => controller.enqueue(1) });
    void one.pipeThrough(slow).pipeTo(ledger());
    await settle(20);
    tracked.current.beat();
    const { epoch, operators } = tracked.current.graph;
    const operator = operators.find(({ name }) => name === 'slow');
    expect(stateOf(operator)).toBe('BUSY');
    expect(operator?.low).toBeLessThan(epoch);
    settles[0]?.();
    await settle();
    expect(operator?.low).toBe(epoch);
    expect(asked).toBe(1);
  });

  it('is ended once the stream has failed', async () => {
    const bad = new TransformStream<number, number>({
      async transform() {
        await nextTurn();
        throw new Error('bad record');
      },
    });
    await expect(numbers(3).pipeThrough(bad).pipeTo(ledger())).rejects.toThrow('bad record');
    tracked.current.beat();
    tracked.current.beat();
    expect(tracked.current.graph.operators).toEqual([]);
  });
});
