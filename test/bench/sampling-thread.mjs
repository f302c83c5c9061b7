/** The agent thread's half of the sampler, for the sampling benchmark. Never ends by itself. */
import { setFlagsFromString } from 'node:v8';
import { runInNewContext } from 'node:vm';
import { parentPort, workerData } from 'node:worker_threads';
import { dumpAwaits } from '../../agent/dist/sample/await-dump.js';
import { withoutExpression } from '../../agent/dist/sample/frames.js';
import { HELPER_EXPRESSION } from '../../agent/dist/sample/main-helper.js';
import { openMainSession } from '../../agent/dist/sample/main-session.js';

setFlagsFromString('--expose-gc');
const collectGarbage = runInNewContext('gc');

/** Longest wait for one answer: what V8 does not interrupt takes a second or two. */
const ANSWER_MS = 20_000;

const pause = (ms) => new Promise((resolve) => setTimeout(resolve, ms));
const REQUESTS = { look, dump };

parentPort.on('message', async (request) => {
  try {
    parentPort.postMessage(await REQUESTS[request.type](request));
  } catch (error) {
    parentPort.postMessage({ error: String(error) });
  }
});
parentPort.postMessage('ready');

/** Stacks, each through a session of its own, as evidence of a blocked loop is taken. */
async function look({ captures, pauseMs }) {
  if (pauseMs > 0) await pause(100);
  const times = [];
  const names = {};
  for (let index = 0; index < captures; index++) {
    const startMs = performance.now();
    const session = await openMainSession();
    const frames = withoutExpression(await session.evaluate(`${HELPER_EXPRESSION}.sample()`, ANSWER_MS));
    times.push(performance.now() - startMs);
    session.close();
    for (const name of new Set(frames.map(([name]) => name))) names[name] = (names[name] ?? 0) + 1;
    // Not in step with what the main thread does.
    if (pauseMs > 0) await pause(Math.random() * pauseMs);
  }
  Atomics.store(workerData.done, 0, 1);
  // What this thread has thrown away is no part of what a capture leaves behind.
  collectGarbage();
  return { times, names };
}

async function dump({ limitMs, measured }) {
  const session = await openMainSession();
  try {
    const collectionMs = measured === true ? await collect(session) : undefined;
    const startMs = performance.now();
    const taken = await dumpAwaits(session, {
      budget: { pauseMs: limitMs },
    });
    const tookMs = performance.now() - startMs;
    if (!('stacks' in taken)) return { tookMs, missing: taken.missing };
    const { groups, ...rest } = taken.stacks;
    const [first] = groups;
    return { tookMs, collectionMs, ...rest, names: first?.frames.map(([name]) => name), count: first?.count };
  } finally {
    session.close();
  }
}

/** How long one collection of garbage takes, the second one: the first has the garbage. */
async function collect(session) {
  await session.post('HeapProfiler.collectGarbage', {}, ANSWER_MS);
  const startMs = performance.now();
  await session.post('HeapProfiler.collectGarbage', {}, ANSWER_MS);
  return performance.now() - startMs;
}
