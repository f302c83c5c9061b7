import { expect, test } from 'vitest';
import { startMonitorProcess } from '../e2e/harness/monitor.ts';
import { HandMadeWorker } from '../support/hand-made-worker.ts';
import { isSmall } from './oracle.ts';
import { PLAN } from './plan.ts';

/** A thousand, where there is time for it. */
const WORKERS = PLAN.rounds >= 100 ? 1000 : 150;
const WITHIN_MS = 30_000;

test(`${WORKERS} workers that come back at the same moment are all served again, and /healthz answers meanwhile`, {
  timeout: 120_000,
}, async () => {
  const monitor = await startMonitorProcess([]);
  for (const round of ['first', 'again']) {
    const startMs = performance.now();
    const welcomed = Promise.all(Array.from({ length: WORKERS }, (_, index) => comeBack(monitor.workerUrl, index)));
    const slowestMs = await slowestHealth(monitor.url, welcomed);
    const workers = await welcomed;
    expect(performance.now() - startMs, round).toBeLessThan(WITHIN_MS);
    expect(slowestMs, round).toBeLessThan(5000);
    // All at once, and without a word: as when a switch is turned off.
    for (const worker of workers) worker.socket.terminate();
  }
  isSmall(monitor);
});

/** Dials until it is welcome, as a worker does: on a machine with nothing to spare its greeting may be late. */
async function comeBack(url: string, index: number): Promise<HandMadeWorker> {
  for (;;) {
    const worker = new HandMadeWorker(`${url}/v1/worker`);
    const answer = await worker.greet({ worker: `w${index}`, session: `s${index}` });
    if (answer.case === 'welcome') return worker;
  }
}

/** The longest that /healthz took while the promise was pending. */
async function slowestHealth(url: string, meanwhile: Promise<unknown>): Promise<number> {
  let slowestMs = 0;
  let over = false;
  meanwhile
    .catch(() => {})
    .finally(() => {
      over = true;
    });
  while (!over) {
    const startMs = performance.now();
    const response = await fetch(new URL('/healthz', url));
    expect(response.status).toBe(200);
    await response.arrayBuffer();
    slowestMs = Math.max(slowestMs, performance.now() - startMs);
  }
  return slowestMs;
}
