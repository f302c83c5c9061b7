import { Readable, Transform, Writable } from 'node:stream';
import { pipeline } from 'node:stream/promises';
import { afterEach, expect, test, vi } from 'vitest';
import { createBoard } from '../../../../agent/src/board/board.ts';
import { Clock, Control } from '../../../../agent/src/board/layout.ts';
import { createTracker } from '../../../../agent/src/operator/create-tracker.ts';
import { Graph } from '../../../../agent/src/operator/graph.ts';
import { Adoption } from '../../../../agent/src/stream/adoption.ts';

const RECORDS = 500;
/** Where a fault is told must work, and so must the way out. */
const SPARED = ['constructor', 'onError', 'stop', 'onStop'];

afterEach(() => void vi.restoreAllMocks());

/** From now on everything that the graph and the adoption of streams are asked for fails. */
function failAll(): void {
  for (const { prototype } of [Graph, Adoption]) {
    for (const [name, { value }] of Object.entries(Object.getOwnPropertyDescriptors(prototype))) {
      if (typeof value !== 'function' || SPARED.includes(name)) continue;
      const methods = prototype as unknown as Record<string, () => void>;
      vi.spyOn(methods, name).mockImplementation(() => {
        throw new Error(`a fault of the agent in ${name}`);
      });
    }
  }
}

/** What comes out of a pipeline, a pipe, a loop and a listener. */
async function flow(everyRecord: () => void): Promise<number[][]> {
  const numbers = () => Readable.from(Array.from({ length: RECORDS }, (_, index) => index));
  const twice = () =>
    new Transform({
      objectMode: true,
      transform(number: number, _encoding, done) {
        everyRecord();
        done(null, 2 * number);
      },
    });
  const piped: number[] = [];
  const sink = new Writable({
    objectMode: true,
    write(number: number, _encoding, done) {
      piped.push(number);
      setImmediate(done);
    },
  });
  await pipeline(numbers(), twice(), sink);
  const looped: number[] = [];
  for await (const number of numbers().pipe(twice())) looped.push(number as number);
  const heard: number[] = [];
  const listened = numbers().pipe(twice());
  listened.on('data', (number: number) => heard.push(number));
  await new Promise((resolve) => listened.once('end', resolve));
  return [piped, looped, heard];
}

test.each(['from the start', 'in the middle of a flow'])(
  'records are what they would be when everything that the agent does fails, %s',
  async (when) => {
    const expected = await flow(() => {});
    const board = createBoard();
    const faults: unknown[] = [];
    const post = (): never => {
      throw new Error('a fault of the agent: nobody takes its messages');
    };
    const tracker = createTracker({ board, post, onError: (error) => faults.push(error) });
    try {
      if (when === 'from the start') failAll();
      let records = 0;
      const got = await flow(() => {
        records += 1;
        if (records === RECORDS / 2 && when !== 'from the start') failAll();
        // As the agent thread does: a pulse and an epoch that the next completion notices.
        board.control[Control.PULSE] = 1;
        board.control[Control.EPOCH] = records;
        const nowMs = performance.now();
        board.clock[Clock.NOW_MS] = nowMs;
        if (records % 50 === 0) tracker.beat(nowMs);
      });
      expect(got).toEqual(expected);
      expect(faults.length).toBeGreaterThan(0);
    } finally {
      tracker.stop();
    }
    expect(await flow(() => {})).toEqual(expected);
  },
);
