/**
 * The process into which the sampling benchmark looks, with the main thread's half of the sampler in it and nothing else of the
 * agent. The other half runs in a thread of its own (sampling-thread.mjs), as the agent's does.
 *
 * usage: node sampling-program.mjs blocked <shape> <captures>
 *        node sampling-program.mjs awaits <kind> <heap MB> <suspended calls> <limit of the pause, ms>
 *        node sampling-program.mjs recovery <dump or none>
 *        node sampling-program.mjs leak <captures>
 * Prints one JSON object.
 */
import { once } from 'node:events';
import { readFileSync } from 'node:fs';
import { setFlagsFromString } from 'node:v8';
import { runInNewContext } from 'node:vm';
import { Worker } from 'node:worker_threads';
import { installMainHelper } from '../../agent/dist/sample/main-helper.js';
import { BLOCKED_SHAPES } from './blocked-shapes.mjs';

/** What a worker may hold; nothing takes the runtime longer to look through than many small objects. */
const KINDS = {
  records: (index) => ({
    id: `order-${index}`,
    customer: { name: `customer ${index % 1000}`, address: `street ${index}, city ${index % 100}` },
    lines: [{ article: `article ${index % 500}`, quantity: index % 7, cents: index }],
    note: `an order of some text, as it may come, number ${index} of many`.padEnd(
      150,
      String.fromCharCode(97 + (index % 26)),
    ),
  }),
  'small objects': (index) => ({ id: index, of: { list: [index, index + 1] }, next: undefined }),
};

setFlagsFromString('--expose-gc');
const collectGarbage = runInNewContext('gc');
const [mode, ...args] = process.argv.slice(2);

installMainHelper({ inspect: () => undefined, operators: () => [] });
/** 1: the main thread may go on. */
const done = new Int32Array(new SharedArrayBuffer(4));
const thread = new Worker(new URL('./sampling-thread.mjs', import.meta.url), { workerData: { done }, execArgv: [] });
await once(thread, 'message');

/** What the thread answers to a request; the main thread may be blocked in between. */
const ask = async (request) => {
  thread.postMessage(request);
  const [answer] = await once(thread, 'message');
  return answer;
};

const MODES = { blocked, awaits, recovery, leak };
console.log(JSON.stringify(await MODES[mode](...args)));
// The thread that has held a session must not end before the process: see agent/src/sample/main-session.ts.
process.exit();

async function blocked(name, captures) {
  const shape = BLOCKED_SHAPES[name];
  shape.prepare?.();
  const answer = ask({ type: 'look', captures: Number(captures), pauseMs: 3 });
  // The request leaves before the loop stands.
  await new Promise((resolve) => setTimeout(resolve, 20));
  await shape.run(() => Atomics.load(done, 0) === 1);
  return answer;
}

async function awaits(kind, heapMegabytes, calls, limitMs) {
  fill(Number(heapMegabytes), kind);
  const stuck = suspendCalls(Number(calls));
  await new Promise((resolve) => setTimeout(resolve, 200));
  collectGarbage();
  const heapUsed = process.memoryUsage().heapUsed;
  const gaps = watchGaps();
  await new Promise((resolve) => setTimeout(resolve, 300));
  gaps.take();
  const measured = Number(limitMs) > 10_000;
  const dump = await ask({ type: 'dump', limitMs: Number(limitMs), measured });
  await new Promise((resolve) => setTimeout(resolve, 100));
  const [pause, next] = gaps.take().sort((left, right) => right.ms - left.ms);
  return { heapMegabytes: heapUsed / 2 ** 20, pause, next, stuck: stuck.length, ...dump };
}

async function recovery(what) {
  fill(14);
  const stuck = suspendCalls(1000);
  await windows(1000);
  const before = await windows(2000);
  const dump = what === 'dump' ? await ask({ type: 'dump', limitMs: 10_000 }) : {};
  const after = await windows(3000);
  return { before, after, stuck: stuck.length, ...dump };
}

async function leak(captures) {
  const rounds = [];
  const busy = setInterval(() => spinFor(2), 3);
  for (let round = 0; round < 10; round++) {
    await ask({ type: 'look', captures: Number(captures) / 10, pauseMs: 0 });
    collectGarbage();
    const { heapUsed, rss } = process.memoryUsage();
    rounds.push({ heapUsed, rss, handles: process.getActiveResourcesInfo().length });
  }
  clearInterval(busy);
  return { rounds };
}

function fill(megabytes, kind = 'records') {
  const make = KINDS[kind];
  globalThis.kept = [];
  while (process.memoryUsage().heapUsed < megabytes * 2 ** 20) {
    for (let index = 0; index < 2000; index++) globalThis.kept.push(make(index));
  }
}

/** Calls that hang in an await two functions deep, in the way of an operator that waits for a peer. */
function suspendCalls(count) {
  const resolvers = [];
  globalThis.resolvers = resolvers;
  const lookUp = async () => {
    await new Promise((resolve) => resolvers.push(resolve));
  };
  const enrich = async () => {
    await lookUp();
  };
  const transform = async () => {
    await enrich();
  };
  return Array.from({ length: count }, () => transform());
}

/** Times for which the event loop did not turn, and how much of them the thread has had a processor. */
function watchGaps() {
  const none = { ms: 0, cpuMs: 0 };
  let gaps = [none];
  let lastMs = performance.now();
  // The look that made the gap may fall between the two clocks: the processor time is that of two turns.
  let cpuMs = [threadCpuMs(), threadCpuMs()];
  const turn = () => {
    const nowMs = performance.now();
    const [before, last] = cpuMs;
    cpuMs = [last, threadCpuMs()];
    if (nowMs - lastMs > 1) gaps.push({ ms: nowMs - lastMs, cpuMs: cpuMs[1] - before });
    lastMs = nowMs;
    setImmediate(turn);
  };
  turn();
  return {
    take: () => {
      const taken = gaps;
      gaps = [none];
      return taken;
    },
  };
}

/** Records that a chain of asynchronous functions gets through in each window of 50 ms. */
async function windows(durationMs) {
  const counts = [];
  const startMs = performance.now();
  for (let nowMs = startMs; nowMs < startMs + durationMs; ) {
    const windowMs = nowMs;
    let count = 0;
    while (nowMs < windowMs + 50) {
      for (let index = 0; index < 50; index++) await third(index);
      count += 50;
      await new Promise((resolve) => setImmediate(resolve));
      nowMs = performance.now();
    }
    counts.push({ atMs: windowMs - startMs, rate: count / (nowMs - windowMs) });
  }
  return counts;
}

async function first(value) {
  return JSON.stringify({ value, text: 'a record', list: [value, value + 1] });
}
async function second(value) {
  return JSON.parse(await first(value));
}
async function third(value) {
  return (await second(value)).list.map((item) => item + 1);
}

/** Processor time of this thread, as Linux tells it; elsewhere 0. */
function threadCpuMs() {
  try {
    return Number(readFileSync('/proc/thread-self/schedstat', 'latin1').split(' ')[0]) / 1e6;
  } catch {
    return 0;
  }
}

function spinFor(ms) {
  const untilMs = performance.now() + ms;
  while (performance.now() < untilMs);
}
