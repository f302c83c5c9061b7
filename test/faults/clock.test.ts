import { setTimeout as pause } from 'node:timers/promises';
import { fileURLToPath } from 'node:url';
import type { GraphView } from '@streamgauge/monitor';
import { expect, test } from 'vitest';
import { startMonitorProcess } from '../e2e/harness/monitor.ts';
import { program } from '../e2e/harness/paths.ts';
import { startWorker } from '../e2e/harness/worker.ts';

const PRELOAD = fileURLToPath(new URL('./preloads/stepping-clock.mjs', import.meta.url));
/** Longer than the threshold of a stall and than the silence of a lost worker. */
const WATCHED_MS = 4000;

test('a time of day that steps by hours, in the monitor and in the worker, opens no incident and makes no age negative', {
  timeout: 60_000,
}, async () => {
  const env = { NODE_OPTIONS: `--import=${PRELOAD}` };
  const monitor = await startMonitorProcess([], env);
  const flow = startWorker({
    program: program('flow.mjs'),
    monitorUrl: monitor.workerUrl,
    job: 'faults',
    worker: 'flow',
    stdin: 'pipe',
    env,
  });
  await flow.line(/^kept [1-9]/, 20_000);
  const endMs = performance.now() + WATCHED_MS;
  let looks = 0;
  while (performance.now() < endMs) {
    const { operators, edges, reportAgeMs } = await monitor
      .get<GraphView>('/api/v1/jobs/faults/graph')
      .catch(() => none);
    if (operators.length > 0) looks += 1;
    const ages = [
      reportAgeMs,
      ...operators.flatMap(({ markerAgeMs, progressAgeMs, markerDelayMs, oldest }) => [
        markerAgeMs,
        progressAgeMs,
        markerDelayMs,
        oldest?.ageMs,
      ]),
      ...edges.map(({ markerDelayMs }) => markerDelayMs),
    ];
    for (const age of ages) {
      if (age === null || age === undefined) continue;
      expect(age).toBeGreaterThanOrEqual(0);
      // No hour of a step has become one of waiting.
      expect(age).toBeLessThan(60_000);
    }
    await pause(50);
  }
  // It was seen all the time, and not taken for somebody who is not there.
  expect(looks).toBeGreaterThan(10);
  expect(await monitor.incidents()).toEqual([]);
});

/** Until its first report, a job is unknown. */
const none: Pick<GraphView, 'operators' | 'edges' | 'reportAgeMs'> = { operators: [], edges: [], reportAgeMs: null };
