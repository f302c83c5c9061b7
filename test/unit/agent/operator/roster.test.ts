import { PassThrough, Readable, Writable } from 'node:stream';
import { setFlagsFromString } from 'node:v8';
import { runInNewContext } from 'node:vm';
import { expect, it } from 'vitest';
import { OperatorCell } from '../../../../agent/src/board/layout.ts';
import { HELD_STILL_MS } from '../../../../agent/src/operator/roster.ts';
import { settle, trackEachTest } from '../stream/tracked.ts';

setFlagsFromString('--expose-gc');
const gc = runInNewContext('gc') as () => void;
const tracked = trackEachTest();

class Source extends Readable {
  constructor() {
    super({ objectMode: true, read: () => undefined });
  }
}
class Sink extends Writable {
  readonly held: (() => void)[] = [];
  constructor() {
    super({ objectMode: true });
  }
  override _write(_record: unknown, _encoding: string, done: () => void): void {
    this.held.push(done);
  }
}

const names = (): string[] => tracked.current.graph.operators.map(({ name }) => name);

/** Lets the garbage be collected, and the beats of the agent see it. */
async function collect(): Promise<void> {
  for (let round = 0; round < 3; round++) {
    tracked.current.beat();
    await settle();
    gc();
    await settle();
  }
  tracked.current.beat();
}

it('a pipeline that nobody holds is off the board when it is collected, and its place is free', async () => {
  const begin = (): void => void new Source().pipe(new PassThrough({ objectMode: true })).pipe(new Sink());
  for (let count = 0; count < 50; count++) begin();
  await settle();
  const { operators, edges } = tracked.current.board;
  expect(names()).toHaveLength(150);
  await collect();
  expect(names()).toEqual([]);
  expect(operators.filter((id, cell) => cell % OperatorCell.STRIDE === 0 && id !== 0)).toEqual(new Float64Array());
  expect(edges.filter((id, cell) => cell % 4 === 0 && id !== 0)).toEqual(new Float64Array());
  // Names are free again as well.
  new Source().pipe(new Sink());
  await settle();
  expect(names()).toEqual(['Source', 'Sink']);
});

it('one that somebody holds stays, however long nothing happens', async () => {
  const source = new Source();
  source.pipe(new Sink());
  await settle();
  await collect();
  await collect();
  expect(names()).toEqual(['Source', 'Sink']);
  source.push('a');
  await settle();
  expect(tracked.current.named('Sink')?.inFlight).toBe(1);
});

it('Web Streams stay with a chunk in them, and are collected without one', async () => {
  const line = (chunks: readonly string[]): void => {
    const source = new ReadableStream({
      start: (controller) => {
        for (const chunk of chunks) controller.enqueue(chunk);
      },
    });
    void source.pipeThrough(
      new TransformStream({
        transform: function price(chunk, controller) {
          controller.enqueue(chunk);
        },
      }),
    );
  };
  line([]);
  await settle();
  expect(names()).toHaveLength(2);
  await collect();
  expect(names()).toEqual([]);
  line(['a', 'b', 'c']);
  await settle();
  await collect();
  expect(names()).toEqual([expect.stringMatching(/^ReadableStream/), 'price']);
});

it('one with a record in it stays, because it may be what hangs, until its standstill is old', async () => {
  const begin = (): void => {
    const source = new Source();
    source.pipe(new Sink());
    source.push('lost');
  };
  begin();
  await settle();
  await collect();
  expect(names()).toEqual(['Source', 'Sink']);
  tracked.current.board.clock[0] = (tracked.current.board.clock[0] ?? 0) + HELD_STILL_MS;
  await collect();
  expect(names()).toEqual([]);
});
