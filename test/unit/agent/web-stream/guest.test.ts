import * as module from 'node:stream/web';
import { describe, expect, it } from 'vitest';
import { createBoard } from '../../../../agent/src/board/board.ts';
import { Graph } from '../../../../agent/src/operator/graph.ts';
import { Adoption } from '../../../../agent/src/stream/adoption.ts';
import { hookStreams } from '../../../../agent/src/stream/hooks.ts';
import { openHarness } from '../../../property/support/harness.mjs';
import { trackEachTest } from '../stream/tracked.ts';

trackEachTest();

async function chunksOf(stream: ReadableStream): Promise<unknown[]> {
  const chunks: unknown[] = [];
  for await (const chunk of stream as unknown as AsyncIterable<unknown>) chunks.push(chunk);
  return chunks;
}

describe('a Web Stream that is counted', () => {
  it('has constructors that look like those of the runtime', () => {
    for (const Kind of [ReadableStream, WritableStream, TransformStream]) {
      expect(Kind.prototype.constructor).toBe(Kind);
      expect(Kind.length).toBe(0);
      expect(String(Kind)).toMatch(/native code/);
      expect(Object.getOwnPropertyNames(Kind)).toEqual(expect.arrayContaining(['length', 'name', 'prototype']));
      expect(() => (Kind as unknown as () => void)()).toThrow(TypeError);
      expect(new Map(Object.entries(module)).get(Kind.name)).toBe(Kind);
      expect(Object.getOwnPropertyDescriptor(globalThis, Kind.name)).toMatchObject({ enumerable: false });
    }
    expect(ReadableStream.name).toBe('ReadableStream');
    expect(ReadableStream.from([1])).toBeInstanceOf(ReadableStream);
  });

  it('is an instance of its class, also when the runtime has made it or a subclass has', () => {
    class Mine extends TransformStream {
      readonly target: unknown;
      constructor() {
        super();
        this.target = new.target;
      }
    }
    const mine = new Mine();
    expect(mine).toBeInstanceOf(Mine);
    expect(mine).toBeInstanceOf(TransformStream);
    expect(mine.target).toBe(Mine);
    expect(mine.constructor).toBe(Mine);
    expect(new Response('body').body).toBeInstanceOf(ReadableStream);
    expect(new Response('body').body?.constructor).toBe(ReadableStream);
    expect(new CompressionStream('gzip').writable).toBeInstanceOf(WritableStream);
  });

  it('can be transferred', async () => {
    const readable = new ReadableStream({
      start(controller) {
        controller.enqueue('moved');
        controller.close();
      },
    });
    const moved = structuredClone(readable, { transfer: [readable] });
    expect(await chunksOf(moved)).toEqual(['moved']);
  });

  it('calls the functions of its user with their own this, and asks each property once', async () => {
    const asked: string[] = [];
    class Upper {
      readonly seen: unknown[] = [];
      get transform() {
        asked.push('transform');
        return function (this: Upper, chunk: string, controller: TransformStreamDefaultController) {
          this.seen.push(chunk);
          controller.enqueue(chunk.toUpperCase());
        };
      }
      flush(this: Upper, controller: TransformStreamDefaultController) {
        controller.enqueue(this.seen.length);
      }
    }
    const made = ReadableStream.from(['a', 'b']).pipeThrough(new TransformStream(new Upper()));
    expect(await chunksOf(made)).toEqual(['A', 'B', 2]);
    expect(asked).toEqual(['transform']);
  });

  it('refuses what the runtime refuses', () => {
    expect(() => new TransformStream({ transform: 1 } as never)).toThrow(TypeError);
    expect(() => new TransformStream({ readableType: 'bytes' } as never)).toThrow();
    expect(() => new WritableStream(undefined, { highWaterMark: -1 })).toThrow(RangeError);
    expect(() => new ReadableStream(5 as never)).toThrow(TypeError);
  });

  it('keeps strategies', async () => {
    const writer = new WritableStream({}, new ByteLengthQueuingStrategy({ highWaterMark: 10 })).getWriter();
    expect(writer.desiredSize).toBe(10);
    void writer.write(new Uint8Array(4));
    expect(writer.desiredSize).toBe(6);
    const other = new TransformStream().writable.getWriter();
    expect(other.desiredSize).toBe(1);
    void other.write(1).catch(() => {});
    expect(other.desiredSize).toBe(0);
  });

  it('leaves the rejection of a pipe to its user', async () => {
    const unhandled: unknown[] = [];
    const listeners = process.listeners('unhandledRejection');
    process.removeAllListeners('unhandledRejection');
    process.on('unhandledRejection', (reason) => unhandled.push(reason));
    const bad = new WritableStream({
      write() {
        throw new Error('disk');
      },
    });
    void ReadableStream.from([1]).pipeTo(bad);
    await new Promise((resolve) => setTimeout(resolve, 5));
    process.removeAllListeners('unhandledRejection');
    for (const listener of listeners) process.on('unhandledRejection', listener);
    expect(unhandled).toMatchObject([{ message: 'disk' }]);
  });
});

it('is undone when the agent is switched off', () => {
  const before = { ReadableStream, pipeTo: ReadableStream.prototype.pipeTo };
  const second = openHarness({ createBoard, Graph, Adoption, hookStreams });
  expect(ReadableStream).not.toBe(before.ReadableStream);
  second.close();
  expect(ReadableStream).toBe(before.ReadableStream);
  expect(ReadableStream.prototype.pipeTo).toBe(before.pipeTo);
  expect(ReadableStream.prototype.constructor).toBe(ReadableStream);
});
