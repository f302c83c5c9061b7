import { expect, test } from 'vitest';
import { createAwaitSources } from '../../../../agent/src/sample/await-sources.ts';
import type { RawFrame } from '../../../../agent/src/sample/call-sites.ts';
import { hiddenFrames, onlyAwait } from '../../../../agent/src/sample/hidden-await.ts';
import type { FunctionPlace } from '../../../../agent/src/sample/operator-place.ts';

const MAIN = `import pLimit from 'p-limit';
import { setTimeout as pause } from 'node:timers/promises';
import { store } from './store.mjs';
const limit = pLimit(2);
async function load(order) {
  await pause(4);
  return await Promise.all([1, 2].map((part) => limit(loadPart, part)));
}
async function crawl(order) {
  return await limit(load, order);
}
const keep = async (order) => {
  await limit(() => store(order));
};
const later = (order) => crawl(order);
async function drain() {
  await pause(1);
  for await (const row of rows()) use(row);
}
class Shop {
  async sell(order) {
    await this.#take(order);
  }
  async #take(order) {
    await this.keep(order);
  }
  async keep(order) {
    await new Promise((resolve) => order.on(resolve));
  }
}
function write(order, done) {
  if (order.big) crawl(order).then(done);
  else load(order).then(done);
}
async function rent(pool) {
  const page = await shop.take();
  await page.close();
}
`;
const STORE = `export async function store(order) {
  await order.saved;
}
`;
const files: Readonly<Record<string, string>> = {
  '/app/main.mjs': MAIN,
  '/app/store.mjs': STORE,
  '/app/node_modules/p-limit/index.js': 'await limit(load);',
};
const sources = createAwaitSources({ read: (file) => files[file] }, '/agent/');

/** A frame at the `await` that a line has. */
function at(name: string, line: number, file = '/app/main.mjs'): RawFrame {
  const text = (files[file] ?? '').split('\n')[line - 1] ?? '';
  return [name, `file://${file}`, line, text.indexOf('await') + 1];
}
const stack = (...frames: RawFrame[]) => ({ count: 1, frames });
const elsewhere = stack(at('drain', 17));
const load = stack(['Promise.all (index 0)', '', 0, 0], at('load', 7));

function placeOf(text: string): FunctionPlace {
  const start = MAIN.indexOf(text);
  const before = MAIN.slice(0, start);
  const line = before.split('\n').length;
  const location = { function: 'f', file: '/app/main.mjs', line, column: start - before.lastIndexOf('\n') };
  const length = MAIN.indexOf('\n}\n', start) + 2 - start;
  return { location, lastLine: line, length };
}

test('a task is found by its function, in this file and in another one, and by nothing else', () => {
  const crawl = stack(at('crawl', 10));
  const store = stack(at('store', 2, '/app/store.mjs'));
  const keep = stack(at('keep', 13));
  const all = [crawl, keep, elsewhere, load, store];
  expect(sources.taskOf(crawl, all)).toBe(load);
  expect(sources.taskOf(keep, all)).toBe(store);
  expect(sources.taskOf(elsewhere, all)).toBeUndefined();
});

test('an operator that calls back leads to the suspended function that it calls, unless there are several', () => {
  const write = placeOf('function write(order, done)');
  const rowsOf = stack(at('load', 7));
  expect(sources.calledBy([write], [elsewhere, rowsOf])).toEqual([rowsOf]);
  expect(sources.calledBy([write], [stack(at('crawl', 10)), rowsOf])).toEqual([]);
  expect(sources.calledBy([write], [elsewhere])).toEqual([]);
  // Its own frames need no such sign.
  expect(sources.calledBy([placeOf('async function drain')], [elsewhere])).toEqual([]);
});

test('who awaits a call is no task of it', () => {
  const inner = stack(at('crawl', 10), at('load', 7));
  expect(sources.taskOf(inner, [inner, load])).toBeUndefined();
});

test('what a package awaits within says nothing of what the project awaits', () => {
  const within: RawFrame = ['run', 'file:///app/node_modules/p-limit/index.js', 1, 1];
  expect(sources.awaitedBy(stack(at('crawl', 10)))?.module).toBe('p-limit');
  expect(sources.awaitedBy(stack(within, at('crawl', 10)))).toBeUndefined();
});

test.each([
  ['its only await', 'async function crawl', [], 10],
  ['that of the function which it gives on', '(order) => crawl(order)', [], 10],
  ['what is left without a timer', 'async function drain', [], 18],
  ['none of two', 'async function rent', [], undefined],
])('a function of which no stack was seen stands at %s', (_what, text, pools, line) => {
  const place = placeOf(text);
  const awaits = [place, sources.givenOn(place)].flatMap((one) => (one === undefined ? [] : sources.awaitsOf(one)));
  expect(onlyAwait(awaits, pools)?.[2]).toBe(line);
});

test('a function of which no stack was seen is followed into what it calls, as long as that was not seen either', () => {
  const first = at('sell', 22);
  const lines = (seen?: string) =>
    hiddenFrames(first, sources, [], ({ location }) => location.function === seen).map((frame) => frame[2]);
  expect(lines()).toEqual([28, 25, 22]);
  expect(lines('keep')).toEqual([25, 22]);
  expect(hiddenFrames(at('store', 2, '/app/store.mjs'), sources, [], () => false)).toHaveLength(1);
});

test('of two, the one that takes from the pool for which somebody waits', () => {
  const call = (callee: string) => ({ callee, module: 'generic-pool', givenFunctions: true });
  const awaits = [
    { frame: ['f', '/a.mjs', 1, 1] as const, call: call('pool.acquire') },
    { frame: ['f', '/a.mjs', 2, 1] as const, call: call('pool.release') },
  ];
  const pool = { kind: 'generic-pool', peer: '', size: 1, inUse: 1, making: 0, owed: 0, waiting: 1, holder: '' };
  expect(onlyAwait(awaits, [pool])?.[2]).toBe(1);
  expect(onlyAwait(awaits, [{ ...pool, waiting: 0 }])).toBeUndefined();
  expect(onlyAwait(awaits, [{ ...pool, kind: 'pg-pool' }])).toBeUndefined();
});
