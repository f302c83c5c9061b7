import { readFileSync } from 'node:fs';
import type { GraphView, Incident } from '@streamgauge/monitor';
import { Kafka, logLevel, Partitioners } from 'kafkajs';
import { expect, it } from 'vitest';
import { KafkaApi, KafkaError, startKafkaMock } from '../../support/kafka-mock.ts';
import { kafkaMockProgram } from '../../support/kafka-mock-program.ts';
import { pathOrSkip } from '../../support/peers.ts';
import type { Launched } from '../harness/launch.ts';
import { startTestMonitor } from '../harness/monitor.ts';
import { program } from '../harness/paths.ts';
import { until } from '../harness/until.ts';
import { startWorker } from '../harness/worker.ts';
import { expectConnectionLost } from './lost-server.ts';

const BOUND_MS = 30_000;

const operatorOf = (graph: GraphView, worker: string, name: string) =>
  graph.operators.find((operator) => operator.worker === worker && operator.name === name);

function channelEdges(graph: GraphView): string[] {
  const names = new Map(graph.operators.map(({ id, worker, name }) => [id, `${worker}: ${name}`]));
  return graph.edges
    .filter(({ channel }) => channel !== undefined && channel !== null)
    .map(({ source, target }) => `${names.get(source)} > ${names.get(target)}`)
    .sort();
}

const hanging = (graph: GraphView) => operatorOf(graph, 'stage', 'billing handle');

/** Who is named, as "worker: operator". */
const namedIn = (incidents: readonly Incident[]): readonly string[] => [
  ...new Set(
    incidents.filter(({ operator }) => operator !== '').map(({ worker, operator }) => `${worker}: ${operator}`),
  ),
];

const stalled = (worker: string, operator: string) => (incident: Incident) =>
  incident.worker === worker && incident.operator === operator;

// One run: to start the processes, and above all to let their consumers join, takes longer than what is done to them.
it('three processes that meet in Kafka are one graph, and what stops it is named', {
  timeout: 300_000,
}, async (context) => {
  const broker = await startKafkaMock(pathOrSkip(await kafkaMockProgram(), context));
  await broker.createTopic('orders', 2);
  await broker.createTopic('invoices', 2);
  // A broker counts as away 2.2 seconds after a fetch without an answer: until then, others would be named for it.
  const monitor = await startTestMonitor({ stallAfterMs: 3000 });
  const start = (name: string): Launched =>
    startWorker({
      program: program(`kafka/${name}.mjs`),
      programArguments: [broker.address],
      monitorUrl: monitor.workerUrl,
      job: 'orders',
      worker: name,
    });
  const producer = start('producer');
  const stage = start('stage');
  const sink = start('sink');
  await sink.line(/^kept 100$/, BOUND_MS);
  await monitor.waitForGraph('orders', (graph) => channelEdges(graph).length === 2, BOUND_MS);
  const graphNow = (): Promise<GraphView> => monitor.get<GraphView>('/api/v1/jobs/orders/graph');
  /**
   * What begins now: all incidents since, but those of a process that a slow machine holds up as such, which belongs to no
   * operator.
   */
  const chapter = async (): Promise<() => Promise<readonly Incident[]>> => {
    const earlier = new Set((await monitor.incidents()).map(({ id }) => id));
    return async () =>
      (await monitor.incidents()).filter(({ id, rule }) => rule !== 'loop-blocked' && !earlier.has(id));
  };
  const untilNoneIsOpen = (): Promise<true> =>
    until('nobody to blame', BOUND_MS, async () =>
      (await monitor.incidents()).every(({ state }) => state !== 'open') ? true : undefined,
    );

  // A handler that hangs: its leg, its record and its line. First of all, because an operator is not sampled twice a minute.
  const hung = await chapter();
  stage.kill('SIGUSR2');
  const incident = await monitor.waitForIncident(
    (each) => stalled('stage', 'billing handle')(each) && each.evidence.location !== null,
    BOUND_MS,
  );
  expect(incident.type).toBe('stall');
  const held = await monitor.waitForGraph('orders', (seen) => hanging(seen)?.oldest?.key !== '', BOUND_MS);
  expect(hanging(held)?.oldest?.key).toMatch(/^orders\/[01]@\d+$/);
  const lines = readFileSync(program('kafka/stage.mjs'), 'utf8').split('\n');
  expect(incident.evidence.location?.line).toBe(lines.findIndex((line) => line.includes('the hanging line')) + 1);
  // No operator but this one is ever named.
  expect(namedIn(await hung())).toEqual(['stage: billing handle']);
  stage.kill('SIGWINCH');
  await untilNoneIsOpen();

  // They are one graph whose edges know how late they are.
  const quiet = await chapter();
  // Messages of a stranger, whatever they hold, are records like any other: nothing of them is read.
  const kafka = new Kafka({ brokers: [broker.address], logLevel: logLevel.NOTHING });
  const stranger = kafka.producer({ createPartitioner: Partitioners.DefaultPartitioner });
  await stranger.connect();
  const strange = { traceparent: Buffer.from([0xff, 0x00]), '': '', __proto__: '-1' };
  await stranger.send({
    topic: 'orders',
    messages: [{ value: null }, { value: '', headers: strange, timestamp: '1' }],
  });
  await stranger.disconnect();
  const hundreds = (): number => sink.stdout().split('\n').length;
  const before = hundreds();
  await until('two hundred more', BOUND_MS, () => (hundreds() > before + 1 ? true : undefined));
  const graph = await monitor.waitForGraph(
    'orders',
    (seen) => channelEdges(seen).length === 2 && seen.edges.every(({ markerDelayMs }) => markerDelayMs !== null),
    BOUND_MS,
  );
  expect(channelEdges(graph)).toEqual([
    'producer: orders produce > stage: billing fetch',
    'stage: invoices produce > sink: archive fetch',
  ]);
  expect(graph.operators.map(({ worker, name }) => `${worker}: ${name}`)).toHaveLength(10);
  expect(await quiet()).toEqual([]);

  // A consumer that is paused on purpose is no incident, and says so.
  const paused = await chapter();
  sink.kill('SIGUSR2');
  await monitor.waitForGraph(
    'orders',
    (seen) => operatorOf(seen, 'sink', 'archive fetch')?.pauseReason === 'consumer.pause()',
    BOUND_MS,
  );
  expect(await paused()).toEqual([]);
  sink.kill('SIGUSR2');

  // Commits that are refused: the commit leg, because its attempts fail.
  const refused = await chapter();
  await broker.fail(KafkaApi.OFFSET_COMMIT, 5000, KafkaError.REQUEST_TIMED_OUT);
  const isOfCommits = stalled('stage', 'billing commit');
  const ofCommits = await monitor.waitForIncident(
    (each) => isOfCommits(each) && each.mechanism === 'failing',
    BOUND_MS,
  );
  expect(ofCommits).toMatchObject({ type: 'stall', category: 'dependency' });
  const failing = await graphNow();
  expect(operatorOf(failing, 'stage', 'billing commit')?.failures).toBeGreaterThan(3);
  expect(operatorOf(failing, 'stage', 'billing handle')?.failures).toBe(0);
  // Both consumers commit to the same broker.
  for (const name of namedIn(await refused())) expect(name).toMatch(/ commit$/);
  await broker.mend(KafkaApi.OFFSET_COMMIT);
  await untilNoneIsOpen();

  // A producer that is gone: the worker, and nobody behind it.
  const gone = await chapter();
  producer.kill('SIGKILL');
  const lost = await monitor.waitForIncident(({ worker }) => worker === 'producer', BOUND_MS);
  expect(lost.type).toBe('worker-lost');
  for (const { worker } of await gone()) expect(worker).toBe('producer');
  start('producer');
  await untilNoneIsOpen();

  // A broker that is gone: the step of each process that has lost it, and nobody behind it.
  const cutOff = await chapter();
  const beforeLoss = await monitor.incidents();
  broker.process.kill('SIGKILL');
  await expectConnectionLost(monitor, { sink: 'archive fetch' }, BOUND_MS, beforeLoss);
  // A producer that tries again for ever tells nobody that it does: it has a message without an answer.
  const isOfProducer = stalled('producer', 'orders produce');
  const ofProducer = await monitor.waitForVerdict(isOfProducer, BOUND_MS);
  expect(ofProducer).toMatchObject({ type: 'stall', category: 'dependency' });
  // The stage was just asking for orders, or its handler waited for the answer to an invoice.
  await until('the stage is named', BOUND_MS, async () =>
    namedIn(await cutOff()).some((name) => name.startsWith('stage: ')) ? true : undefined,
  );
  const steps = ['producer: orders produce', 'stage: invoices produce', 'stage: billing fetch', 'sink: archive fetch'];
  // On a slow machine a commit that was under way has stood for as long before it is known that the broker is gone. It is no fault of the
  // project's.
  const commits = ['stage: billing commit', 'sink: archive commit'];
  const blamed = await cutOff();
  for (const name of namedIn(blamed)) expect([...steps, ...commits]).toContain(name);
  const commitsNamed = blamed.filter(({ worker, operator }) => commits.includes(`${worker}: ${operator}`));
  for (const { category } of commitsNamed) expect(category).not.toBe('user');
});
