import type { GraphView } from '@streamgauge/monitor';
import { describe, expect, it } from 'vitest';
import { startTestMonitor } from '../harness/monitor.ts';
import { program } from '../harness/paths.ts';
import { startWorker } from '../harness/worker.ts';

/** What sampling 40 times a second leaves open after some seconds, in points of a hundred. */
const tolerance = 15;

/** Share of each state in the time of each operator, in points of a hundred, once enough time has been seen. */
async function shares(name: string): Promise<Record<string, Record<string, number>>> {
  const monitor = await startTestMonitor();
  startWorker({ program: program(name), monitorUrl: monitor.workerUrl, job: 'j', worker: 'w1', stdin: 'pipe' });
  const total = ({ timeSeconds: { busy, idle, backpressured, paused } }: GraphView['operators'][number]) =>
    busy + idle + backpressured + paused;
  const graph = await monitor.waitForGraph(
    'j',
    ({ operators }) => operators.length > 2 && operators.every((operator) => total(operator) > 4),
    15_000,
  );
  return Object.fromEntries(
    graph.operators.map((operator) => {
      const { busy, idle, backpressured } = operator.timeSeconds;
      const share = (seconds: number) => (100 * seconds) / total(operator);
      return [operator.name, { busy: share(busy), idle: share(idle), backpressured: share(backpressured) }];
    }),
  );
}

// At the same time, because the first of them does next to nothing.
describe.concurrent('busy, idle and backpressured time', () => {
  it('is idle for operators that have next to nothing to do, although every look of their own comes in the middle of it', async () => {
    const times = await shares('flow.mjs');
    for (const name of ['Square', 'Keep']) expect(times[name]?.idle).toBeGreaterThan(100 - tolerance);
  });

  it('tells the processor from the wait, and both from those who wait for them', async () => {
    const times = await shares('shares.mjs');
    expect(times.Fast?.backpressured).toBeGreaterThan(100 - tolerance);
    expect(times.Waiting?.busy).toBeGreaterThan(100 - tolerance);
    expect(times.Sink?.idle).toBeGreaterThan(100 - tolerance);
    // 4 records of 0.2 ms, then a wait of 2 ms and what a timer adds.
    expect(Math.abs((times.Computing?.busy ?? 0) - 30)).toBeLessThan(tolerance);
  });
});
