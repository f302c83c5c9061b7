import type { GraphView, Incident } from '@streamgauge/monitor';
import { Redis } from 'ioredis';
import { describe, expect, onTestFinished, type TestContext, test } from 'vitest';
import { debianProgram, pathOrSkip } from '../../support/peers.ts';
import { type Launched, launch } from '../harness/launch.ts';
import { startTestMonitor, type TestMonitor } from '../harness/monitor.ts';
import { agentArguments, program } from '../harness/paths.ts';
import { freePort, startServer } from '../harness/server.ts';
import { blamedOf, expectConnectionLost } from './lost-server.ts';

// A real server, three processes, one job: producer -> orders -> stage -> invoices -> sink.
const ROLES = ['producer', 'stage', 'sink'] as const;
type Role = (typeof ROLES)[number];
/** Threshold of the test monitor, one check, one report, and the start of four processes on a busy machine. */
const WITHIN_MS = 30_000;

interface Pipeline {
  readonly monitor: TestMonitor;
  readonly server: Launched;
  readonly port: number;
  readonly workers: Readonly<Record<Role, Launched>>;
}

async function startPipeline(library: string, context: Pick<TestContext, 'skip'>): Promise<Pipeline> {
  const redis = pathOrSkip(await debianProgram('redis-server'), context);
  const port = await freePort();
  const server = await startServer(redis, ['--port', String(port), '--save', '', '--dir', '/tmp'], port);
  const monitor = await startTestMonitor();
  const start = (role: Role): Launched =>
    launch(process.execPath, [...agentArguments(), program('brokers/redis-streams.mjs'), role, String(port), library], {
      env: {
        STREAMGAUGE_MONITOR_URL: monitor.workerUrl,
        STREAMGAUGE_JOB: 'orders',
        STREAMGAUGE_WORKER: role,
        STREAMGAUGE_MARKER_INTERVAL_MS: '200',
      },
      stdin: 'pipe',
    });
  const workers = { producer: start('producer'), stage: start('stage'), sink: start('sink') };
  // It flows from end to end before anything is done to it, and long enough for nobody to count as anybody's replacement.
  await monitor.waitForGraph(
    'orders',
    (graph) =>
      (legOf(graph, 'sink', 'commit')?.recordsIn ?? 0) > 60 && legOf(graph, 'producer', 'produce') !== undefined,
    WITHIN_MS,
  );
  return { monitor, server, port, workers };
}

function legOf(graph: GraphView, worker: string, leg: string) {
  return graph.operators.find((operator) => operator.worker === worker && operator.leg === leg);
}

/** "stage orders/billing fetch" for an operator of the graph. */
function edgesBetweenProcesses(graph: GraphView): string[] {
  const names = new Map(graph.operators.map(({ id, worker, name }) => [id, `${worker}: ${name}`]));
  return graph.edges.flatMap(({ source, target, channel }) =>
    channel === null ? [] : [`${names.get(source)} > ${channel.channel} > ${names.get(target)}`],
  );
}

/** All incidents but those of an event loop that a busy machine held up while the program was being loaded. */
async function standstills(monitor: TestMonitor): Promise<readonly Incident[]> {
  return (await monitor.incidents()).filter(({ rule }) => rule !== 'loop-blocked');
}

const incidentAt =
  (operator: string) =>
  (incident: Incident): boolean =>
    incident.operator === operator;

describe.each(['ioredis', 'node-redis'])('a pipeline over Redis Streams with %s', { timeout: 120_000 }, (library) => {
  test('is one graph from the first source to the last sink, with a delay on each edge', async (context) => {
    const { monitor, port } = await startPipeline(library, context);
    const graph = await monitor.waitForGraph(
      'orders',
      (seen) =>
        edgesBetweenProcesses(seen).length === 2 &&
        seen.edges.every(({ channel, markerDelayMs }) => channel === null || markerDelayMs !== null),
      WITHIN_MS,
    );
    expect(edgesBetweenProcesses(graph).sort()).toEqual([
      'producer: orders produce > orders > stage: orders/billing fetch',
      'stage: invoices produce > invoices > sink: invoices/ledger fetch',
    ]);
    // One record in 20 ms, read at once: a delay beyond some seconds would be an error of the clocks.
    for (const { channel, markerDelayMs } of graph.edges)
      if (channel !== null) expect(markerDelayMs).toBeLessThan(5000);
    // Entries of a stranger, whatever they hold, are records like any other: no field of them is read.
    const stranger = new Redis({ port, host: '127.0.0.1' });
    onTestFinished(() => stranger.disconnect());
    for (const field of ['', 'traceparent', '__proto__', Buffer.from([0xff, 0x00, 0xfe])])
      await stranger.xadd('orders', '*', field, Buffer.from([0xff, 0x00]));
    const before = legOf(graph, 'sink', 'commit')?.recordsIn ?? 0;
    await monitor.waitForGraph(
      'orders',
      (seen) => (legOf(seen, 'sink', 'commit')?.recordsIn ?? 0) > before + 30,
      WITHIN_MS,
    );
    expect(await standstills(monitor)).toEqual([]);
  });

  test('names the handler that hangs, the line, and the entry that it holds', async (context) => {
    const { monitor, workers } = await startPipeline(library, context);
    workers.stage.child.stdin?.write('hang\n');
    const incident = await monitor.waitForIncident(incidentAt('orders/billing handle'), WITHIN_MS);
    expect(incident).toMatchObject({ type: 'stall', worker: 'stage', mechanism: 'await-pending', category: 'user' });
    expect(incident.evidence.location).toMatchObject({ function: 'bill' });
    const graph = await monitor.get<GraphView>('/api/v1/jobs/orders/graph');
    expect(legOf(graph, 'stage', 'handle')?.oldest?.key).toMatch(/^\d+-\d+$/);
    expect((await standstills(monitor)).map(({ operator }) => operator)).toEqual(['orders/billing handle']);
  });

  test('shows who has stopped to read, and blames nobody for it', async (context) => {
    const { monitor, workers } = await startPipeline(library, context);
    workers.stage.child.stdin?.write('pause\n');
    await monitor.waitForGraph(
      'orders',
      (graph) => legOf(graph, 'stage', 'fetch')?.pauseReason === 'the program does not read',
      WITHIN_MS,
    );
    const graph = await monitor.waitForGraph(
      'orders',
      (seen) => (seen.edges.find(({ channel }) => channel?.channel === 'orders')?.markerDelayMs ?? 0) > 2500,
      WITHIN_MS,
    );
    expect(legOf(graph, 'stage', 'fetch')?.state).toBe('paused');
    expect(await standstills(monitor)).toEqual([]);
  });

  test('names the commits that the server refuses', async (context) => {
    const { monitor, port } = await startPipeline(library, context);
    const admin = new Redis({ port, host: '127.0.0.1' });
    onTestFinished(() => admin.disconnect());
    await admin.call('ACL', 'SETUSER', 'default', '-xack');
    const incident = await monitor.waitForIncident(incidentAt('orders/billing commit'), WITHIN_MS);
    expect(incident).toMatchObject({ type: 'stall', worker: 'stage' });
    const graph = await monitor.get<GraphView>('/api/v1/jobs/orders/graph');
    expect(legOf(graph, 'stage', 'commit')).toMatchObject({ lastFailure: expect.stringMatching(/NOPERM/) });
  });

  test('names the step of each process that has lost the server, and nobody behind it', async (context) => {
    const { monitor, server } = await startPipeline(library, context);
    server.kill('SIGKILL');
    const named = { producer: 'orders produce', stage: 'orders/billing fetch', sink: 'invoices/ledger fetch' };
    await expectConnectionLost(monitor, named, WITHIN_MS);
    expect(await blamedOf(monitor)).toEqual(
      Object.entries(named)
        .map(([worker, operator]) => `${worker}: ${operator}`)
        .sort(),
    );
  });

  test('names the producer that is dead, and not those who wait for it', async (context) => {
    const { monitor, workers } = await startPipeline(library, context);
    workers.producer.kill('SIGKILL');
    const incident = await monitor.waitForIncident(({ type }) => type === 'worker-lost', WITHIN_MS);
    expect(incident.worker).toBe('producer');
    expect((await standstills(monitor)).map(({ worker }) => worker)).toEqual(['producer']);
  });
});
