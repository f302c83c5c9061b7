import type { GraphView, Incident } from '@streamgauge/monitor';
import { Redis } from 'ioredis';
import { expect, type TestContext, test } from 'vitest';
import { debianProgram, pathOrSkip } from '../../support/peers.ts';
import { whenFinished } from '../../support/test-end.ts';
import { type Launched, launch } from '../harness/launch.ts';
import { startTestMonitor, TEST_LIMITS, type TestMonitor } from '../harness/monitor.ts';
import { agentArguments, program } from '../harness/paths.ts';
import { freePort, startServer } from '../harness/server.ts';
import { until } from '../harness/until.ts';
import { expectConnectionLost } from './lost-server.ts';

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
  readonly start: (role: Role) => Launched;
  /** All incidents since it flows, but those of an event loop that a busy machine held up. */
  readonly standstills: () => Promise<readonly Incident[]>;
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
  // To connect may have taken a busy machine longer than the threshold.
  const earlier = new Set((await monitor.incidents()).map(({ id }) => id));
  const standstills = async (): Promise<readonly Incident[]> =>
    (await monitor.incidents()).filter(({ id, rule }) => rule !== 'loop-blocked' && !earlier.has(id));
  return { monitor, server, port, workers, start, standstills };
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

const incidentAt =
  (operator: string) =>
  (incident: Incident): boolean =>
    incident.operator === operator;

// One run of each library, both at the same time: to start the processes takes longer than what is done to them, and then they wait.
test.concurrent.for(['ioredis', 'node-redis'])(
  'a pipeline over Redis Streams with %s is one graph, and what stops it is named',
  {
    timeout: 180_000,
  },
  async (library, context) => {
    const { monitor, server, port, workers, start, standstills } = await startPipeline(library, context);
    const untilNoneIsOpen = (): Promise<true> =>
      until('nobody to blame', WITHIN_MS, async () =>
        (await standstills()).every(({ state }) => state !== 'open') ? true : undefined,
      );
    const graphNow = (): Promise<GraphView> => monitor.get<GraphView>('/api/v1/jobs/orders/graph');
    /** Who has been named since then, each once. */
    const namedBeside = async (earlier: readonly Incident[]): Promise<readonly string[]> => {
      const known = new Set(earlier.map(({ id }) => id));
      const named = (await standstills()).filter(({ id }) => !known.has(id));
      return [...new Set(named.map(({ worker, operator }) => `${worker}: ${operator}`))].sort();
    };

    // A handler that hangs: its line, and the entry that it holds. First of all, because an operator is not sampled twice a minute.
    workers.stage.child.stdin?.write('hang\n');
    const hanging = await monitor.waitForVerdict(incidentAt('orders/billing handle'), WITHIN_MS);
    expect(hanging).toMatchObject({ type: 'stall', worker: 'stage', mechanism: 'await-pending', category: 'user' });
    expect(hanging.evidence.location).toMatchObject({ function: 'bill' });
    expect(legOf(await graphNow(), 'stage', 'handle')?.oldest?.key).toMatch(/^\d+-\d+$/);
    expect(await namedBeside([])).toEqual(['stage: orders/billing handle']);
    workers.stage.child.stdin?.write('go on\n');
    await untilNoneIsOpen();

    // It is one graph from the first source to the last sink, with a delay on each edge.
    const beforeGraph = await standstills();
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
    const admin = new Redis({ port, host: '127.0.0.1' });
    whenFinished(() => admin.disconnect());
    for (const field of ['', 'traceparent', '__proto__', Buffer.from([0xff, 0x00, 0xfe])])
      await admin.xadd('orders', '*', field, Buffer.from([0xff, 0x00]));
    const before = legOf(graph, 'sink', 'commit')?.recordsIn ?? 0;
    await monitor.waitForGraph(
      'orders',
      (seen) => (legOf(seen, 'sink', 'commit')?.recordsIn ?? 0) > before + 30,
      WITHIN_MS,
    );
    expect(await namedBeside(beforeGraph)).toEqual([]);

    // Who has stopped to read is shown, and nobody is to blame for it.
    const beforePause = await standstills();
    workers.stage.child.stdin?.write('pause\n');
    const paused = await monitor.waitForGraph(
      'orders',
      (seen) =>
        legOf(seen, 'stage', 'fetch')?.pauseReason === 'the program does not read' &&
        (seen.edges.find(({ channel }) => channel?.channel === 'orders')?.markerDelayMs ?? 0) > 2500,
      WITHIN_MS,
    );
    expect(legOf(paused, 'stage', 'fetch')?.state).toBe('paused');
    expect(await namedBeside(beforePause)).toEqual([]);
    workers.stage.child.stdin?.write('go on\n');

    // The producer is dead, and not those who wait for it.
    const beforeDeath = await standstills();
    workers.producer.kill('SIGKILL');
    const lost = await monitor.waitForIncident(({ type }) => type === 'worker-lost', WITHIN_MS);
    expect(lost.worker).toBe('producer');
    await monitor.waitForGraph(
      'orders',
      (seen) => (legOf(seen, 'stage', 'commit')?.progressAgeMs ?? 0) > 1.5 * TEST_LIMITS.stallAfterMs,
      WITHIN_MS,
    );
    expect(await namedBeside(beforeDeath)).toEqual(['producer: ']);
    start('producer');
    await untilNoneIsOpen();

    // The server refuses commits.
    await admin.call('ACL', 'SETUSER', 'default', '-xack');
    const refused = await monitor.waitForIncident(incidentAt('orders/billing commit'), WITHIN_MS);
    expect(refused).toMatchObject({ type: 'stall', worker: 'stage' });
    expect(legOf(await graphNow(), 'stage', 'commit')).toMatchObject({ lastFailure: expect.stringMatching(/NOPERM/) });
    await admin.call('ACL', 'SETUSER', 'default', '+xack');
    await untilNoneIsOpen();

    // The server is gone: the step of each process that has lost it, and nobody behind it.
    const beforeLoss = await monitor.incidents();
    server.kill('SIGKILL');
    const named = { producer: 'orders produce', stage: 'orders/billing fetch', sink: 'invoices/ledger fetch' };
    await expectConnectionLost(monitor, named, WITHIN_MS, beforeLoss);
    expect(await namedBeside(beforeLoss)).toEqual(
      Object.entries(named)
        .map(([worker, operator]) => `${worker}: ${operator}`)
        .sort(),
    );
  },
);
