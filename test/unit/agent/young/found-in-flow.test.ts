import { createRequire } from 'node:module';
import { createInterface } from 'node:readline';
import { Readable } from 'node:stream';
import { afterEach, beforeEach, expect, it } from 'vitest';
import { createBoard } from '../../../../agent/src/board/board.ts';
import { Graph } from '../../../../agent/src/operator/graph.ts';
import { Adoption } from '../../../../agent/src/stream/adoption.ts';
import { hookStreams } from '../../../../agent/src/stream/hooks.ts';
import { type Harness, openHarness } from '../../../property/support/harness.mjs';
import { settle } from '../stream/tracked.ts';

const require = createRequire(import.meta.url);
let harness: Harness;

beforeEach(() => {
  harness = openHarness({ createBoard, Graph, Adoption, hookStreams }, { take: () => false });
});
afterEach(() => harness.close());

it('a write of streamx that was in flight at a late adoption holds the markers, and its end lets them pass', async () => {
  const { Readable: Source, Writable: Sink } = require('streamx') as typeof import('streamx');
  const held: ((error: null) => void)[] = [];
  class Ledger extends Sink {
    override _write(_record: unknown, done: (error: null) => void): void {
      held.push(done);
    }
  }
  const source = new Source();
  source.pipe(new Ledger());
  source.push('in flight');
  await settle();
  expect(held).toHaveLength(1);
  harness.grow();
  harness.beat();
  const { epoch } = harness.graph;
  expect(harness.named('Ledger')?.low).toBeLessThan(epoch);
  held[0]?.(null);
  await settle();
  harness.beat();
  expect(harness.named('Ledger')?.low).toBe(harness.graph.epoch);
});

it('lines that somebody iterates already carry no markers: what the loop still holds is not known', async () => {
  const input = new Readable({ read() {} });
  const lines = createInterface({ input });
  const loop = lines[Symbol.asyncIterator]();
  harness.grow();
  await settle();
  expect([...harness.edges.values()].map(({ carries }) => carries)).toEqual([false]);
  await loop.return?.();
});

it('lines of which a listener hears carry them', async () => {
  createInterface({ input: new Readable({ read() {} }) }).on('line', () => {});
  harness.grow();
  await settle();
  expect([...harness.edges.values()].map(({ carries }) => carries)).toEqual([true]);
});
