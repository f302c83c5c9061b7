import { readFileSync } from 'node:fs';
import type { GraphView } from '@streamgauge/monitor';
import { describe, expect, it } from 'vitest';
import { startTestMonitor, TEST_LIMITS } from '../harness/monitor.ts';
import { program } from '../harness/paths.ts';
import { startWorker } from '../harness/worker.ts';

/** Starts the home-made consumer, and gives a monitor that watches it. */
async function consume(kind: 'hang' | 'pause') {
  const monitor = await startTestMonitor();
  startWorker({
    program: program('poller.mjs'),
    programArguments: [kind, '25000'],
    monitorUrl: monitor.workerUrl,
    job: 'orders',
    worker: 'w1',
  });
  return monitor;
}

const operatorIn = (graph: GraphView, wanted: string) => graph.operators.find(({ name }) => name === wanted);

/** Number of the line of the program that holds the code. */
const lineWith = (code: string): number =>
  readFileSync(program('poller.mjs'), 'utf8')
    .split('\n')
    .findIndex((text) => text.includes(code)) + 1;

describe.concurrent('a home-made consumer that tells of its records', () => {
  it('whose handler hangs: one incident with the operator, the record and the line that waits, and the other job goes on', async () => {
    const monitor = await consume('hang');
    const incident = await monitor.waitForVerdict(() => true, 12_000);
    expect(incident).toMatchObject({ type: 'stall', job: 'orders', worker: 'w1', operator: 'handle' });
    expect(incident.evidence.location).toMatchObject({ line: lineWith('the awaiting line') });
    expect(incident.evidence.location?.file).toContain('poller.mjs');
    const graph = await monitor.waitForGraph(
      'orders',
      (seen) => operatorIn(seen, 'handle')?.oldest?.key === 'order 40',
      3000,
    );
    expect(graph.edges).toHaveLength(1);
    expect(operatorIn(graph, 'poll')).toMatchObject({ kind: 'source', recordsOut: 40 });
    expect(operatorIn(graph, 'handle')).toMatchObject({
      kind: 'sink',
      recordsIn: 39,
      inFlight: 1,
      oldest: { key: 'order 40' },
    });

    // The pipeline of another job in the same process.
    const health = await Promise.all(['orders', 'billing'].map((job) => fetch(`${monitor.url}/healthz?job=${job}`)));
    expect(health.map(({ status }) => status)).toEqual([503, 200]);
    expect(incident.jobs).toEqual(['orders']);
    const billing = await monitor.waitForGraph('billing', (seen) => seen.operators.length === 2, 3000);
    expect(billing.operators.map(({ name, job }) => [name.replace(/ .*/, ''), job])).toEqual([
      ['Bills', 'billing'],
      ['Ledger', 'billing'],
    ]);
    expect(billing.edges).toHaveLength(1);
    expect(graph.operators.map(({ name }) => name)).toEqual(['poll', 'handle']);
  });

  it('that is paused on purpose: no incident', async () => {
    const monitor = await consume('pause');
    await monitor.waitForGraph('orders', (seen) => operatorIn(seen, 'handle')?.recordsIn === 40, 12_000);
    // Twice as long as what would be a stall.
    await new Promise((resolve) => setTimeout(resolve, 2 * TEST_LIMITS.stallAfterMs));
    expect(await monitor.incidents()).toEqual([]);
  });
});
