import { jetstreamManager } from '@nats-io/jetstream';
import { connect, headers } from '@nats-io/transport-node';
import type { GraphView } from '@streamgauge/monitor';
import { describe, expect, test } from 'vitest';
import { debianProgram, pathOrSkip } from '../../support/peers.ts';
import type { Launched } from '../harness/launch.ts';
import { startTestMonitor, type TestMonitor } from '../harness/monitor.ts';
import { program } from '../harness/paths.ts';
import { until } from '../harness/until.ts';
import { startWorker } from '../harness/worker.ts';
import { blamedOf, expectConnectionLost } from './lost-server.ts';
import { startNatsServer } from './nats-server.ts';

const BOUND_MS = 30_000;

interface Pipeline {
  readonly monitor: TestMonitor;
  readonly port: number;
  readonly server: Launched;
  readonly producer: Launched;
  readonly stage: Launched;
  readonly sink: Launched;
  readonly start: (role: string) => Launched;
}

const flows = (graph: GraphView): boolean =>
  graph.edges.filter((edge) => edge.channel !== null).length >= 2 &&
  ['ORDERS/billing commit', 'BILLS/archive commit'].every((name) =>
    graph.operators.some((operator) => operator.name === name && (operator.recordsIn ?? 0) > 20),
  );

/** Three processes over a real server, once records have come through all of them. */
async function startPipeline(context: Parameters<typeof pathOrSkip>[1]): Promise<Pipeline> {
  const path = pathOrSkip(await debianProgram('nats-server'), context);
  const { port, process: server } = await startNatsServer(path);
  const monitor = await startTestMonitor();
  const start = (role: string): Launched =>
    startWorker({
      program: program('brokers/jetstream.mjs'),
      programArguments: [role, String(port)],
      monitorUrl: monitor.workerUrl,
      job: 'j',
      worker: role,
      stdin: 'pipe',
    });
  const [producer, stage, sink] = ['producer', 'stage', 'sink'].map(start) as [Launched, Launched, Launched];
  await monitor.waitForGraph('j', flows, BOUND_MS);
  return { monitor, port, server, producer, stage, sink, start };
}

const operatorIn = (graph: GraphView, wanted: string) => graph.operators.find(({ name }) => name === wanted);

// Two runs at the same time, because to start the processes takes longer than most of what is done to them.
describe.concurrent('a pipeline of three processes over NATS JetStream', () => {
  test('is one graph, and who hangs, is dead or has lost the server is named', {
    timeout: 180_000,
  }, async (context) => {
    const { monitor, port, server, producer, stage, start } = await startPipeline(context);
    const graphNow = (): Promise<GraphView> => monitor.get<GraphView>('/api/v1/jobs/j/graph');
    const untilNoneIsOpen = (): Promise<true> =>
      until('nobody to blame', BOUND_MS, async () =>
        (await monitor.incidents()).every(({ state }) => state !== 'open') ? true : undefined,
      );

    // It is one graph, whose processes are joined by the sequence in the stream.
    // Messages of a stranger, whatever they hold, are records like any other: nothing of them is read.
    const stranger = await connect({ port });
    const strange = headers();
    for (const name of ['traceparent', 'Nats-Sequence', '__proto__']) strange.set(name, '\ufffd=;-1');
    for (const text of ['', '\u0000', 'x'.repeat(10_000)])
      stranger.publish('orders.foreign', text, { headers: strange });
    await stranger.flush();
    await stranger.close();
    const handled = (seen: GraphView): number => operatorIn(seen, 'BILLS/archive commit')?.recordsIn ?? 0;
    const before = handled(await graphNow());
    const graph = await monitor.waitForGraph('j', (seen) => handled(seen) > before + 30, BOUND_MS);
    const names = new Map(graph.operators.map(({ id, name }) => [id, name]));
    // The client's own loops are none of the program's.
    expect([...names.values()].filter((name) => /^(?:for await|iterate)/.test(name))).toEqual([]);
    const joined = graph.edges.filter((edge) => edge.channel !== null);
    expect(joined.map(({ source, target }) => `${names.get(source)} > ${names.get(target)}`).sort()).toEqual([
      'bills produce > BILLS/archive fetch',
      'orders produce > ORDERS/billing fetch',
    ]);
    expect(await monitor.incidents()).toEqual([]);

    // A handler that hangs: its line and its record.
    stage.child.stdin?.write('hang\n');
    const incident = await monitor.waitForVerdict(({ operator }) => operator === 'ORDERS/billing handle', BOUND_MS);
    expect(incident.worker).toBe('stage');
    expect(incident.evidence.location?.file).toMatch(/jetstream\.mjs$/);
    expect(operatorIn(await graphNow(), 'ORDERS/billing handle')?.oldest?.key).toMatch(/^ORDERS@\d+$/);
    // The loop that takes the messages is the handler, and no operator beside it.
    expect(await blamedOf(monitor)).toEqual(['stage: ORDERS/billing handle']);
    stage.child.stdin?.write('go on\n');
    await untilNoneIsOpen();

    // The producer is dead, and not those who wait for it.
    const beforeDeath = await monitor.incidents();
    producer.kill('SIGKILL');
    const lost = await monitor.waitForIncident(({ type }) => type === 'worker-lost', BOUND_MS);
    expect(lost.worker).toBe('producer');
    expect(await blamedOf(monitor, beforeDeath)).toEqual([]);
    start('producer');
    await untilNoneIsOpen();

    // The server is gone: the step of each process that has lost it, and nobody behind it.
    const beforeLoss = await monitor.incidents();
    server.kill('SIGKILL');
    const named = { producer: 'orders produce', stage: 'ORDERS/billing fetch', sink: 'BILLS/archive fetch' };
    await expectConnectionLost(monitor, named, BOUND_MS, beforeLoss);
    expect(await blamedOf(monitor, beforeLoss)).toEqual(
      Object.entries(named)
        .map(([worker, operator]) => `${worker}: ${operator}`)
        .sort(),
    );
  });

  test('knows a consumer that has stopped to ask as paused, and names the commits that the server does not take', {
    timeout: 120_000,
  }, async (context) => {
    const { monitor, port, stage, sink } = await startPipeline(context);
    sink.child.stdin?.write('stop\n');
    await monitor.waitForGraph('j', (seen) => operatorIn(seen, 'BILLS/archive fetch')?.state === 'paused', BOUND_MS);
    expect(await monitor.incidents()).toEqual([]);

    stage.child.stdin?.write('slow\n');
    await monitor.waitForGraph('j', (seen) => (operatorIn(seen, 'ORDERS/billing handle')?.inFlight ?? 0) > 5, BOUND_MS);
    const connection = await connect({ port });
    await (await jetstreamManager(connection)).consumers.delete('ORDERS', 'billing');
    await connection.close();
    const incident = await monitor.waitForVerdict(({ operator }) => operator === 'ORDERS/billing commit', BOUND_MS);
    expect(incident).toMatchObject({ worker: 'stage', mechanism: 'failing', category: 'dependency' });
    const graph = await monitor.get<GraphView>('/api/v1/jobs/j/graph');
    expect(operatorIn(graph, 'ORDERS/billing commit')?.failures).toBeGreaterThan(0);
    // Neither the consumer that was stopped nor anybody else.
    expect(await blamedOf(monitor)).toEqual(['stage: ORDERS/billing commit']);
  });
});
