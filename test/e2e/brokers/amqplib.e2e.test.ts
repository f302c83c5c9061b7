import { readFileSync } from 'node:fs';
import type { GraphView, Incident } from '@streamgauge/monitor';
import { expect, test } from 'vitest';
import { debianProgram, pathOrSkip } from '../../support/peers.ts';
import type { Launched } from '../harness/launch.ts';
import { startTestMonitor } from '../harness/monitor.ts';
import { program } from '../harness/paths.ts';
import { until } from '../harness/until.ts';
import { startWorker } from '../harness/worker.ts';
import { startRabbitmq } from './rabbitmq-server.ts';

// A real server, three processes, one job: producer -> orders -> stage -> invoices -> sink.
/** Threshold of the test monitor, one check, one report, and a busy machine. */
const WITHIN_MS = 20_000;

function legOf(graph: GraphView, worker: string, leg: string) {
  return graph.operators.find((operator) => operator.worker === worker && operator.leg === leg);
}

function edgesOf(graph: GraphView, between: 'processes' | 'legs'): string[] {
  const legs = graph.operators.filter(({ leg }) => leg !== null);
  const names = new Map(legs.map(({ id, worker, name }) => [id, `${worker}: ${name}`]));
  return graph.edges
    .filter(({ channel, source }) => (channel === null) === (between === 'legs') && names.has(source))
    .map(({ source, target }) => `${names.get(source)} > ${names.get(target)}`)
    .sort();
}

// One test, because the server takes longer to start than everything that is done to it.
test('a pipeline of three processes over RabbitMQ is one graph, and the leg that died is named', {
  timeout: 240_000,
}, async (context) => {
  const { port, kill } = await startRabbitmq(pathOrSkip(await debianProgram('rabbitmq-server'), context));
  const monitor = await startTestMonitor({ stallAfterMs: 3000 });
  const start = (role: string): Launched =>
    startWorker({
      program: program('brokers/amqp.mjs'),
      programArguments: [role, String(port)],
      monitorUrl: monitor.workerUrl,
      job: 'orders',
      worker: role,
      stdin: 'pipe',
    });
  const workers = { producer: start('producer'), stage: start('stage'), sink: start('sink') };
  const earlier = new Set<string>();
  const standstills = async (): Promise<readonly Incident[]> =>
    (await monitor.incidents()).filter(({ id, rule }) => rule !== 'loop-blocked' && !earlier.has(id));
  const open = async (): Promise<string[]> =>
    (await standstills())
      .filter(({ state }) => state === 'open')
      .map(({ worker, operator }) => `${worker}: ${operator}`);
  const untilOpen = async (names: readonly string[]): Promise<void> => {
    let seen: readonly string[] = [];
    const same = async (): Promise<true | undefined> => {
      seen = (await open()).sort();
      return seen.join() === names.join() ? true : undefined;
    };
    await until('the incidents', WITHIN_MS, same).catch(() => expect(seen).toEqual(names));
  };

  // It flows from end to end, long enough for nobody to count as anybody's replacement.
  const graph = await monitor.waitForGraph(
    'orders',
    (seen) =>
      (legOf(seen, 'sink', 'commit')?.recordsIn ?? 0) > 60 &&
      edgesOf(seen, 'processes').length === 2 &&
      seen.edges.every(({ channel, markerDelayMs }) => channel === null || markerDelayMs !== null),
    WITHIN_MS,
  );
  // To connect may have taken a busy machine longer than the threshold.
  for (const { id } of await monitor.incidents()) earlier.add(id);
  expect(edgesOf(graph, 'processes')).toEqual([
    'producer: orders produce > stage: orders fetch',
    'stage: invoices produce > sink: invoices fetch',
  ]);
  expect(edgesOf(graph, 'legs')).toContain('stage: orders handle > stage: invoices produce');
  // One message in 20 ms, taken at once: a delay beyond some seconds would be an error of the counts.
  for (const { channel, markerDelayMs } of graph.edges) if (channel !== null) expect(markerDelayMs).toBeLessThan(5000);
  expect(await standstills()).toEqual([]);

  // A handler that hangs: its leg, its message, its line; and nothing once it goes on.
  workers.stage.child.stdin?.write('hang\n');
  await untilOpen(['stage: orders handle']);
  const hanging = await monitor.waitForVerdict(({ operator }) => operator === 'orders handle', WITHIN_MS);
  expect(hanging).toMatchObject({ type: 'stall', mechanism: 'await-pending', category: 'user' });
  const lines = readFileSync(program('brokers/amqp.mjs'), 'utf8').split('\n');
  expect(hanging.evidence.location).toMatchObject({
    function: 'bill',
    line: lines.findIndex((line) => line.includes('// the hanging line')) + 1,
  });
  const held = await monitor.get<GraphView>('/api/v1/jobs/orders/graph');
  expect(legOf(held, 'stage', 'handle')).toMatchObject({
    inFlight: 5,
    oldest: { key: expect.stringMatching(/^orders#\d+@\d+$/) },
  });
  // What waits in the queue for it is late by as long as it hangs.
  await monitor.waitForGraph(
    'orders',
    ({ edges }) => (edges.find(({ channel }) => channel?.channel === 'orders')?.markerDelayMs ?? 0) > 4000,
    WITHIN_MS,
  );
  workers.stage.child.stdin?.write('go on\n');
  await untilOpen([]);

  // The broker takes offence at an acknowledgement and closes the channel: who is cut off is the consumer, and it says why.
  workers.stage.child.stdin?.write('twice\n');
  await untilOpen(['stage: orders fetch']);
  const cut = await monitor.get<GraphView>('/api/v1/jobs/orders/graph');
  expect(legOf(cut, 'stage', 'fetch')?.lastFailure).toMatch(/PRECONDITION_FAILED/);

  // A consumer that is cancelled is gone, and nobody is to blame.
  workers.sink.child.stdin?.write('cancel\n');
  await monitor.waitForGraph('orders', (seen) => legOf(seen, 'sink', 'fetch') === undefined, WITHIN_MS);
  expect(await open()).toEqual(['stage: orders fetch']);

  // The broker is gone.
  kill();
  await untilOpen(['producer: orders produce', 'stage: orders fetch']);
  for (const { rule, mechanism } of (await standstills()).filter(({ state }) => state === 'open'))
    expect([rule, mechanism]).toEqual(['connection-lost', 'disconnected']);
});
