import { readFileSync } from 'node:fs';
import type { GraphView, Incident } from '@streamgauge/monitor';
import { Redis } from 'ioredis';
import { expect, type TestContext, test } from 'vitest';
import { debianProgram, pathOrSkip } from '../../support/peers.ts';
import { whenFinished } from '../../support/test-end.ts';
import type { Launched } from '../harness/launch.ts';
import { startTestMonitor, type TestMonitor } from '../harness/monitor.ts';
import { program } from '../harness/paths.ts';
import { freePort, startServer } from '../harness/server.ts';
import { until } from '../harness/until.ts';
import { startWorker } from '../harness/worker.ts';

// A real server, three processes, one job: producer -> orders -> stage -> invoices -> sink.
const ROLES = ['producer', 'stage', 'sink'] as const;
type Role = (typeof ROLES)[number];
/** Threshold, one check, one report, and the start of four processes on a busy machine. */
const WITHIN_MS = 20_000;
/** A server counts as away after a second without an answer: well beyond that, for a busy machine. */
const STALL_AFTER_MS = 2500;
/** Well beyond the threshold. */
const LONG_MS = STALL_AFTER_MS + 1000;

interface Pipeline {
  readonly monitor: TestMonitor;
  readonly server: Launched;
  readonly port: number;
  readonly workers: Readonly<Record<Role, Launched>>;
  readonly start: (role: Role) => Launched;
  /** All incidents since it flows, but those of an event loop that a busy machine held up. */
  readonly standstills: () => Promise<readonly Incident[]>;
}

async function startPipeline(context: Pick<TestContext, 'skip'>): Promise<Pipeline> {
  const redis = pathOrSkip(await debianProgram('redis-server'), context);
  const port = await freePort();
  const server = await startServer(redis, ['--port', String(port), '--save', '', '--dir', '/tmp'], port);
  const monitor = await startTestMonitor({ stallAfterMs: STALL_AFTER_MS });
  const start = (role: Role): Launched =>
    startWorker({
      program: program('brokers/bullmq.mjs'),
      programArguments: [role, String(port)],
      monitorUrl: monitor.workerUrl,
      job: 'orders',
      worker: role,
      stdin: 'pipe',
    });
  const workers = { producer: start('producer'), stage: start('stage'), sink: start('sink') };
  // It flows from end to end before anything is done to it, and long enough for nobody to count as anybody's replacement.
  await monitor.waitForGraph('orders', (graph) => (legOf(graph, 'sink', 'commit')?.recordsIn ?? 0) > 60, WITHIN_MS);
  // To connect may have taken a busy machine longer than the threshold.
  const earlier = new Set((await monitor.incidents()).map(({ id }) => id));
  const standstills = async (): Promise<readonly Incident[]> =>
    (await monitor.incidents()).filter(({ id, rule }) => rule !== 'loop-blocked' && !earlier.has(id));
  return { monitor, server, port, workers, start, standstills };
}

function legOf(graph: GraphView, worker: string, leg: string) {
  return graph.operators.find((operator) => operator.worker === worker && operator.leg === leg);
}

function edgesOf(graph: GraphView, between: 'processes' | 'legs'): string[] {
  const legs = graph.operators.filter(({ leg }) => leg !== null && leg !== undefined);
  const names = new Map(legs.map(({ id, worker, name }) => [id, `${worker}: ${name}`]));
  return graph.edges
    .filter(({ channel, source }) => (channel === null) === (between === 'legs') && names.has(source))
    .map(({ source, target }) => `${names.get(source)} > ${names.get(target)}`)
    .sort();
}

const named = (incidents: readonly Incident[]): string[] =>
  [...new Set(incidents.map(({ worker, operator, rule }) => `${worker}: ${operator} ${rule}`))].sort();

const at =
  (worker: Role, operator: string) =>
  (incident: Incident): boolean =>
    incident.worker === worker && incident.operator === operator;

// One run, because to start the processes takes longer than most of what is done to them.
test('a pipeline of three processes over BullMQ is one graph, and what stops it is named', {
  timeout: 240_000,
}, async (context) => {
  const { monitor, server, port, workers, start, standstills } = await startPipeline(context);
  const open = async (): Promise<readonly Incident[]> => (await standstills()).filter(({ state }) => state === 'open');
  const untilNoneIsOpen = (): Promise<true> =>
    until('nobody to blame', WITHIN_MS, async () => ((await open()).length === 0 ? true : undefined));
  /** Who has been named since then. */
  const namedBeside = async (earlier: readonly Incident[]): Promise<string[]> => {
    const known = new Set(earlier.map(({ id }) => id));
    return named((await standstills()).filter(({ id }) => !known.has(id)));
  };

  // It is one graph.
  const graph = await monitor.waitForGraph(
    'orders',
    (seen) =>
      edgesOf(seen, 'processes').length === 2 &&
      seen.edges.every(({ channel, markerDelayMs }) => channel === null || markerDelayMs !== null),
    WITHIN_MS,
  );
  expect(edgesOf(graph, 'processes')).toEqual([
    'producer: orders produce > stage: orders fetch',
    'stage: invoices produce > sink: invoices fetch',
  ]);
  expect(edgesOf(graph, 'legs')).toEqual([
    'sink: invoices deliver > sink: invoices handle',
    'sink: invoices fetch > sink: invoices deliver',
    'sink: invoices handle > sink: invoices commit',
    'stage: orders deliver > stage: orders handle',
    'stage: orders fetch > stage: orders deliver',
    'stage: orders handle > stage: invoices produce',
    'stage: orders handle > stage: orders commit',
  ]);
  // Every operator that there is; what BullMQ itself keeps in streams of Redis is none.
  const streams = graph.operators.filter(({ leg }) => leg !== null && leg !== undefined);
  expect(streams.map(({ worker, name }) => `${worker}: ${name}`)).toHaveLength(10);
  // One job in 20 ms, taken at once: a delay beyond some seconds would be an error of the clocks or of the positions.
  for (const { channel, markerDelayMs } of graph.edges) if (channel !== null) expect(markerDelayMs).toBeLessThan(5000);
  expect(await standstills()).toEqual([]);

  // A handler that hangs is named with its line. First of all, because an operator is not sampled twice a minute.
  workers.stage.child.stdin?.write('hang\n');
  const hung = at('stage', 'orders handle');
  // What it waits for is found out after it is known that it does.
  const incident = await monitor.waitForVerdict(hung, WITHIN_MS);
  expect(incident).toMatchObject({ type: 'stall', mechanism: 'await-pending', category: 'user' });
  const { location } = incident.evidence;
  expect(location).toMatchObject({ function: 'bill', file: expect.stringMatching(/brokers\/bullmq\.mjs$/) });
  const lines = readFileSync(program('brokers/bullmq.mjs'), 'utf8').split('\n');
  expect(location?.line).toBe(lines.findIndex((line) => line.includes('// the hanging line')) + 1);
  const hanging = await monitor.get<GraphView>('/api/v1/jobs/orders/graph');
  expect(legOf(hanging, 'stage', 'handle')?.oldest?.key).toMatch(/^orders@\d+$/);
  expect(named(await standstills())).toEqual(['stage: orders handle operator-stalled']);
  workers.stage.child.stdin?.write('go on\n');
  await untilNoneIsOpen();

  // A worker that is paused is nobody to blame.
  const beforePause = await standstills();
  workers.stage.child.stdin?.write('pause\n');
  const paused = await monitor.waitForGraph(
    'orders',
    (seen) =>
      legOf(seen, 'stage', 'fetch')?.pauseReason === 'worker.pause()' &&
      (seen.edges.find(({ channel }) => channel?.channel === 'orders')?.markerDelayMs ?? 0) > LONG_MS,
    WITHIN_MS,
  );
  expect(legOf(paused, 'stage', 'fetch')?.state).toBe('paused');
  expect(await namedBeside(beforePause)).toEqual([]);
  workers.stage.child.stdin?.write('resume\n');

  // The server refuses commits.
  const beforeRefusal = await standstills();
  const admin = new Redis({ port, host: '127.0.0.1' });
  whenFinished(() => admin.disconnect());
  // The one command that only the end of a job needs.
  await admin.call('ACL', 'SETUSER', 'default', '-srem');
  const refused = await monitor.waitForIncident(at('stage', 'orders commit'), WITHIN_MS);
  expect(refused).toMatchObject({ type: 'stall' });
  const failing = await monitor.get<GraphView>('/api/v1/jobs/orders/graph');
  expect(legOf(failing, 'stage', 'commit')?.lastFailure).toMatch(/can't run this command|NOPERM|Missing lock/);
  expect(legOf(failing, 'stage', 'handle')?.failures).toBe(0);
  // The server refuses those of everybody, and of no worker is another leg blamed.
  const commits = ['stage: orders commit operator-stalled', 'sink: invoices commit operator-stalled'];
  expect(commits).toEqual(expect.arrayContaining(await namedBeside(beforeRefusal)));

  await admin.call('ACL', 'SETUSER', 'default', '+srem');
  await untilNoneIsOpen();

  // The producer is dead, and not those who wait for it.
  workers.producer.kill('SIGKILL');
  const dead = await monitor.waitForIncident(({ type }) => type === 'worker-lost', WITHIN_MS);
  expect(dead.worker).toBe('producer');
  // Well beyond the threshold nobody has been blamed for having nothing to do.
  await monitor.waitForGraph(
    'orders',
    (seen) =>
      [legOf(seen, 'stage', 'commit'), legOf(seen, 'sink', 'commit')].every(
        (leg) => leg?.state === 'idle' && leg.progressAgeMs > LONG_MS,
      ),
    WITHIN_MS,
  );
  expect(named(await open())).toEqual(['producer:  worker-lost']);
  start('producer');
  await untilNoneIsOpen();

  // Who is cut off when the server stands still, and again when it is gone.
  const beforeLoss = await standstills();
  /** Whoever is cut off now, once that is as many as there are processes, or nobody. */
  const cutOff = (processes: number): Promise<readonly Incident[]> =>
    until(`${processes} processes that are cut off`, WITHIN_MS, async () => {
      const open = (await monitor.incidents()).filter(
        ({ rule, state }) => rule === 'connection-lost' && state === 'open',
      );
      return new Set(open.map(({ worker }) => worker)).size === processes ? open : undefined;
    });
  server.kill('SIGSTOP');
  const still = await cutOff(ROLES.length);
  for (const incident of still) expect(incident).toMatchObject({ mechanism: 'disconnected', category: 'dependency' });
  // A connection that is open and gives no answer: the leg that waits for one, which may be what the handler adds.
  expect(named(still)).toEqual([
    'producer: orders produce connection-lost',
    'sink: invoices fetch connection-lost',
    expect.stringMatching(/^stage: (?:orders fetch|invoices produce) connection-lost$/),
  ]);
  server.kill('SIGCONT');
  await cutOff(0);
  server.kill('SIGKILL');
  const gone = await cutOff(ROLES.length);
  for (const incident of gone) expect(incident).toMatchObject({ mechanism: 'disconnected', category: 'dependency' });
  expect(named(gone)).toEqual(
    ['producer: orders produce', 'sink: invoices fetch', 'stage: orders fetch'].map((leg) => `${leg} connection-lost`),
  );
  // No other leg of anybody was ever blamed for it.
  for (const name of await namedBeside(beforeLoss)) expect(name).toMatch(/ connection-lost$/);
});
