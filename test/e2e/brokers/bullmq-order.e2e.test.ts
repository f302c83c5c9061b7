import { createRequire } from 'node:module';
import type { Queue, Worker } from 'bullmq';
import { afterEach, beforeEach, expect, type TestContext, test } from 'vitest';
import { createBoard } from '../../../agent/src/board/board.ts';
import { OperatorState, PortCell } from '../../../agent/src/board/layout.ts';
import { followBullmq } from '../../../agent/src/bullmq/bullmq-module.ts';
import { Graph } from '../../../agent/src/operator/graph.ts';
import type { Port } from '../../../agent/src/operator/port.ts';
import { Patches } from '../../../agent/src/stream/patch.ts';
import { debianProgram, pathOrSkip } from '../../support/peers.ts';
import { whenFinished } from '../../support/test-end.ts';
import { program } from '../harness/paths.ts';
import { freePort, startServer } from '../harness/server.ts';
import { until } from '../harness/until.ts';

// The library itself and a real server, in the process of the test: what counts is which place every single job is given.
const require = createRequire(import.meta.url);
const WITHIN_MS = 10_000;

let graph: Graph;
let patches: Patches;
const errors: unknown[] = [];

beforeEach(() => {
  errors.length = 0;
  patches = new Patches();
  graph = new Graph({ board: createBoard(), post: () => {}, onError: (error) => errors.push(error) });
  const watcher = followBullmq(patches, graph);
  for (const name of ['job', 'worker']) {
    const file = require.resolve(`bullmq/dist/cjs/classes/${name}.js`);
    expect(file).toMatch(watcher.file);
    watcher.loaded(require(file), file, () => ({}));
  }
});

afterEach(() => {
  patches.restore();
  graph.stop();
  expect(errors).toEqual([]);
});

interface Ends {
  readonly queue: Queue;
  readonly worker: (process: string | (() => Promise<unknown>) | undefined, options?: object) => Worker;
}

async function open(context: Pick<TestContext, 'skip'>): Promise<Ends> {
  const redis = pathOrSkip(await debianProgram('redis-server'), context);
  const port = await freePort();
  await startServer(redis, ['--port', String(port), '--save', '', '--dir', '/tmp'], port);
  const connection = { port, host: '127.0.0.1' };
  const bullmq = require('bullmq') as typeof import('bullmq');
  const queue = new bullmq.Queue('orders', { connection });
  whenFinished(() => queue.close());
  return {
    queue,
    worker: (process, options = {}) => {
      const worker = new bullmq.Worker('orders', process, { connection, ...options });
      worker.on('error', () => {});
      whenFinished(() => worker.close(true));
      return worker;
    },
  };
}

function portOf(operator: string): Port {
  const found = graph.operators.find(({ name }) => name === operator);
  const port = found === undefined ? undefined : graph.ports.of(found)[0];
  if (port === undefined) throw new Error(`${operator} has no port`);
  return port;
}

/** Messages, those without a position among them, and the newest position. */
function countsOf(port: Port): readonly (number | undefined)[] {
  const base = port.slot * PortCell.STRIDE;
  const { ports } = graph.board;
  return [ports[base + PortCell.MESSAGES], ports[base + PortCell.UNPOSITIONED], port.position?.major];
}

test('a job has a position only where the queue takes it in the order of its ids', async (context) => {
  const { queue, worker } = await open(context);
  await queue.add('in line', {});
  await queue.addBulk([
    { name: 'in line', data: {} },
    { name: 'first', data: {}, opts: { lifo: true } },
  ]);
  await queue.add('late', {}, { delay: 50 });
  await queue.add('preferred', {}, { priority: 3 });
  await queue.add('named by the program', {}, { jobId: 'a-name' });
  await queue.add('deduplicated', {}, { deduplication: { id: 'one' } });
  expect(countsOf(portOf('orders produce'))).toEqual([7, 5, 2]);
  let done = 0;
  worker(async () => {
    done++;
  });
  await until('all are done', WITHIN_MS, () => (done === 7 ? true : undefined));
  expect(countsOf(portOf('orders fetch'))).toEqual([7, 5, 2]);
  await queue.add('in line', {});
  await until('the last one is done', WITHIN_MS, () => (done === 8 ? true : undefined));
  expect(countsOf(portOf('orders produce'))).toEqual([8, 5, 8]);
  expect(countsOf(portOf('orders fetch'))).toEqual([8, 5, 8]);
});

test('a job that is tried again has had its position, and what is thrown is a failure of the handler', async (context) => {
  const { queue, worker } = await open(context);
  let tries = 0;
  const jobs = worker(async () => {
    if (++tries === 1) throw new Error('not yet');
  });
  await queue.add('order', {}, { attempts: 3 });
  await until('it has succeeded', WITHIN_MS, () => (tries === 2 ? true : undefined));
  expect(countsOf(portOf('orders fetch'))).toEqual([2, 1, 1]);
  const handle = graph.operators.find(({ name }) => name === 'orders handle');
  expect(handle?.condition).toMatchObject({ failures: 1, lastFailure: 'not yet' });
  const commit = graph.operators.find(({ name }) => name === 'orders commit');
  await until('the server has been told', WITHIN_MS, () => (commit?.done === 2 ? true : undefined));
  await jobs.close();
  graph.beat(1);
  graph.beat(2);
  expect(graph.operators.map(({ name }) => name)).toEqual(['orders produce']);
});

test('jobs that end in any order pass a marker only behind the oldest of them', async (context) => {
  const { queue, worker } = await open(context);
  const held: (() => void)[] = [];
  worker(() => new Promise<void>((resolve) => held.push(resolve)), { concurrency: 3 });
  await queue.addBulk([1, 2, 3].map((number) => ({ name: 'order', data: { number } })));
  await until('all are being worked on', WITHIN_MS, () => (held.length === 3 ? true : undefined));
  const handle = graph.operators.find(({ name }) => name === 'orders handle');
  const commit = graph.operators.find(({ name }) => name === 'orders commit');
  held[2]?.();
  held[1]?.();
  await until('two are done', WITHIN_MS, () => (commit?.done === 2 ? true : undefined));
  expect([handle?.completed, handle?.inFlight, handle?.oldest()?.key]).toEqual([0, 1, 'orders@1']);
  held[0]?.();
  await until('all are done', WITHIN_MS, () => (commit?.done === 3 ? true : undefined));
  expect([handle?.completed, handle?.inFlight]).toEqual([3, 0]);
});

test('a worker that keeps to a rate is paused by it', async (context) => {
  const { queue, worker } = await open(context);
  worker(async () => {}, { limiter: { max: 1, duration: 60_000 } });
  await queue.addBulk([1, 2].map((number) => ({ name: 'order', data: { number } })));
  await until('the limit', WITHIN_MS, () => {
    const fetch = graph.operators.find(({ name }) => name === 'orders fetch');
    return fetch?.state(0) === OperatorState.PAUSED ? fetch : undefined;
  });
  const fetch = graph.operators.find(({ name }) => name === 'orders fetch');
  expect(fetch?.condition.pauseReason).toBe('rate limit');
});

test('a processor that is a file has its jobs until its process has answered', async (context) => {
  const { queue, worker } = await open(context);
  await queue.addBulk([true, false].map((fails) => ({ name: 'order', data: { fails } })));
  worker(program('brokers/sandboxed.cjs'));
  const done = (): number | undefined => graph.operators.find(({ name }) => name === 'orders commit')?.done;
  await until('both are done', WITHIN_MS, () => (done() === 2 ? true : undefined));
  const handle = graph.operators.find(({ name }) => name === 'orders handle');
  expect(handle?.condition).toMatchObject({ failures: 1, lastFailure: 'not in here' });
  // Where it stands cannot be seen from here, so no function is told for which somebody would look.
  expect([handle?.inFlight, handle?.inspect().functions]).toEqual([0, []]);
});

test('a job that the program asks for itself is in its hands until it says what becomes of it', async (context) => {
  const { queue, worker } = await open(context);
  await queue.add('order', {});
  const byHand = worker(undefined);
  const job = await byHand.getNextJob('token');
  const handle = graph.operators.find(({ name }) => name === 'orders handle');
  expect([handle?.inFlight, handle?.oldest()?.key]).toEqual([1, 'orders@1']);
  await expect(job?.moveToCompleted('done', 'another token', false)).rejects.toThrow();
  const commit = graph.operators.find(({ name }) => name === 'orders commit');
  expect([handle?.inFlight, commit?.inFlight, commit?.condition.failures]).toEqual([0, 1, 1]);
  await job?.moveToCompleted('done', 'token', false);
  expect(commit?.inFlight).toBe(0);
});
