import { once } from 'node:events';
import { appendFile, readFile } from 'node:fs/promises';
import { url } from 'node:inspector';
import { Worker } from 'node:worker_threads';
import { afterEach, expect, test, vi } from 'vitest';
import type { ErrorWatch } from '../../../../agent/src/sample/error-watch.ts';
import { HELPER_KEY } from '../../../../agent/src/sample/main-helper.ts';

// The watch is the agent thread's; what it watches is this thread, with the inspector that is really there.
const tested = { debuggerListens: () => url() !== undefined };
Object.defineProperty(globalThis, HELPER_KEY, { value: tested, configurable: true });

let going = false;
let rounds: Promise<void> = Promise.resolve();
afterEach(async () => {
  going = false;
  await rounds;
});

/** Does it again and again, and catches what it throws. */
function again(attempt: () => unknown, pauseMs: number): void {
  going = true;
  rounds = (async function tryAgain() {
    while (going) {
      try {
        await attempt();
      } catch {
        // Nobody is told.
      }
      await new Promise((resolve) => setTimeout(resolve, pauseMs));
    }
  })();
}

const thread = new Worker(new URL('./watching-thread.ts', import.meta.url), {
  execArgv: ['--conditions=streamgauge-source'],
});

async function watch(durationMs: number, wanted = ''): Promise<ErrorWatch> {
  thread.postMessage({ durationMs, wanted });
  const [seen] = (await once(thread, 'message')) as [ErrorWatch];
  return seen;
}

test('errors that are caught are told by class, code and place, with who waits for what has failed, and without their message', async () => {
  again(async function store() {
    await appendFile('/dev/full', 'secret');
  }, 10);
  const { errors, watchedMs } = await watch(10_000, 'ENOSPC');
  expect(watchedMs).toBeLessThan(5000);
  const [full] = errors;
  expect(full).toMatchObject({ name: 'Error', code: 'ENOSPC', status: 0 });
  expect(full?.count).toBeGreaterThanOrEqual(3);
  expect(full?.frames.map(([name]) => name)).toEqual(expect.arrayContaining(['store', 'tryAgain']));
  expect(JSON.stringify(errors)).not.toContain('no space left');
});

test('code and status may be those of a cause, of the first of several errors, or of an answer; getters do not run', async () => {
  let ran = false;
  const failures = [
    () => new TypeError('fetch failed', { cause: Object.assign(new Error('refused'), { code: 'ECONNREFUSED' }) }),
    () => new AggregateError([Object.assign(new Error('first'), { code: 'ETIMEDOUT' })]),
    () => Object.assign(new Error('bad'), { response: { status: 503 } }),
    () => Object.assign(new RangeError('own'), { status: 7 }),
    () =>
      Object.defineProperty(new Error('trap'), 'code', {
        get: () => {
          ran = true;
          return 'TRAP';
        },
      }),
    () => 'no error at all',
  ];
  let round = 0;
  again(() => {
    throw failures[round++ % failures.length]?.();
  }, 5);
  const told = new Set<string>();
  // On a busy machine it stops watching before it has seen them all.
  for (let count = 0; count < 50 && told.size < failures.length - 1; count++) {
    for (const { name, code, status } of (await watch(10_000)).errors) told.add(`${name} ${code} ${status}`);
  }
  expect([...told]).toEqual(
    expect.arrayContaining([
      'TypeError ECONNREFUSED 0',
      'AggregateError ETIMEDOUT 0',
      'Error  503',
      'RangeError  0',
      'Error  0',
      '  0',
    ]),
  );
  expect(ran).toBe(false);
});

test('a program that throws all the time is not held up for long', async () => {
  again(async () => {
    for (let count = 0; count < 1000; count++) {
      try {
        throw new Error('one of many');
      } catch {
        // Nobody is told.
      }
    }
  }, 1);
  const { errors, watchedMs } = await watch(10_000, 'never');
  expect(watchedMs).toBeLessThan(5000);
  expect(errors[0]?.count).toBeLessThanOrEqual(100);
});

test('where a part of the program debugs, nothing is watched, and what it has set stays', async () => {
  const told: string[] = [];
  // A session of the program's own, in a thread of its own, as error reporters have it.
  const reporter = new Worker(
    `
    const { Session } = require('node:inspector');
    const { parentPort } = require('node:worker_threads');
    const session = new Session();
    session.connectToMainThread();
    setInterval(() => {}, 1000);
    session.on('Debugger.paused', () => session.post('Debugger.resume', () => parentPort.postMessage('paused')));
    session.post('Debugger.enable', () =>
      session.post('Debugger.setPauseOnExceptions', { state: 'all' }, () => parentPort.postMessage('ready')));
    parentPort.on('message', () => { session.disconnect(); parentPort.postMessage('done'); });
  `,
    { eval: true },
  );
  reporter.on('message', (message: string) => told.push(message));
  await vi.waitFor(() => expect(told).toContain('ready'), 5000);
  const { errors, missing } = await watch(100);
  expect(errors).toEqual([]);
  expect(missing).toContain('debugger');
  again(() => readFile('/nowhere'), 5);
  await vi.waitFor(() => expect(told).toContain('paused'), 5000);
  going = false;
  await rounds;
  reporter.postMessage('end');
  await vi.waitFor(() => expect(told).toContain('done'), 5000);
});

test('where the port of the inspector is open, nothing is watched', async () => {
  tested.debuggerListens = () => true;
  try {
    expect((await watch(100)).missing).toContain('debugger');
  } finally {
    tested.debuggerListens = () => url() !== undefined;
  }
});
