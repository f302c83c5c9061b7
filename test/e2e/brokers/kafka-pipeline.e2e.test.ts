import { readFileSync } from 'node:fs';
import type { GraphView, Incident } from '@streamgauge/monitor';
import { Kafka, logLevel, Partitioners } from 'kafkajs';
import { beforeEach, describe, expect, it } from 'vitest';
import { KafkaApi, KafkaError, type KafkaMock, startKafkaMock } from '../../support/kafka-mock.ts';
import { kafkaMockProgram } from '../../support/kafka-mock-program.ts';
import { pathOrSkip } from '../../support/peers.ts';
import type { Launched } from '../harness/launch.ts';
import { startTestMonitor, type TestMonitor } from '../harness/monitor.ts';
import { program } from '../harness/paths.ts';
import { startWorker } from '../harness/worker.ts';
import { blamedOf, expectConnectionLost } from './lost-server.ts';

let broker: KafkaMock;
let monitor: TestMonitor;
let producer: Launched;
let stage: Launched;
let sink: Launched;

const BOUND_MS = 30_000;

const start = (name: string): Launched =>
  startWorker({
    program: program(`kafka/${name}.mjs`),
    programArguments: [broker.address],
    monitorUrl: monitor.workerUrl,
    job: 'orders',
    worker: name,
  });

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

const stalled = (worker: string, operator: string) => (incident: Incident) =>
  incident.worker === worker && incident.operator === operator;

beforeEach(async (context) => {
  broker = await startKafkaMock(pathOrSkip(await kafkaMockProgram(), context));
  await broker.createTopic('orders', 2);
  await broker.createTopic('invoices', 2);
  monitor = await startTestMonitor({ stallAfterMs: 3000 });
  producer = start('producer');
  stage = start('stage');
  sink = start('sink');
  await sink.line(/^kept 100$/, BOUND_MS);
  await monitor.waitForGraph('orders', (graph) => channelEdges(graph).length === 2, BOUND_MS);
}, 120_000);

describe('three processes that meet in Kafka', () => {
  it('are one graph whose edges know how late they are', async () => {
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
    await sink.line(/^kept 300$/, BOUND_MS);
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
    expect(await monitor.incidents()).toEqual([]);
  }, 120_000);

  it('a handler that hangs: its leg, its record and its line', async () => {
    stage.kill('SIGUSR2');
    const incident = await monitor.waitForIncident(stalled('stage', 'billing handle'), BOUND_MS);
    expect(incident.type).toBe('stall');
    const graph = await monitor.waitForGraph('orders', (seen) => hanging(seen)?.oldest?.key !== '', BOUND_MS);
    expect(hanging(graph)?.oldest?.key).toMatch(/^orders\/[01]@\d+$/);
    const lines = readFileSync(program('kafka/stage.mjs'), 'utf8').split('\n');
    expect(incident.evidence.location?.line).toBe(lines.findIndex((line) => line.includes('the hanging line')) + 1);
    // A slow machine may hold a process up as such, which belongs to no operator; no operator but this one is ever named.
    const named = (await monitor.incidents()).filter(({ operator }) => (operator ?? '') !== '');
    expect(new Set(named.map(({ worker, operator }) => `${worker}: ${operator}`))).toEqual(
      new Set(['stage: billing handle']),
    );
  }, 120_000);

  it('a consumer that is paused on purpose is no incident, and says so', async () => {
    sink.kill('SIGUSR2');
    await sink.line(/^paused$/, 5000);
    const graph = await monitor.waitForGraph(
      'orders',
      (seen) => operatorOf(seen, 'sink', 'archive fetch')?.pauseReason === 'consumer.pause()',
      BOUND_MS,
    );
    expect(operatorOf(graph, 'sink', 'archive fetch')?.pauseReason).toBe('consumer.pause()');
    expect((await monitor.incidents()).filter(({ type }) => type === 'stall')).toEqual([]);
  }, 120_000);

  it('commits that are refused: the commit leg, because its attempts fail', async () => {
    await broker.fail(KafkaApi.OFFSET_COMMIT, 5000, KafkaError.REQUEST_TIMED_OUT);
    const incident = await monitor.waitForIncident(stalled('stage', 'billing commit'), BOUND_MS);
    expect(incident).toMatchObject({ type: 'stall', mechanism: 'failing', category: 'dependency' });
    const graph = await monitor.get<GraphView>('/api/v1/jobs/orders/graph');
    expect(operatorOf(graph, 'stage', 'billing commit')?.failures).toBeGreaterThan(3);
    expect(operatorOf(graph, 'stage', 'billing handle')?.failures).toBe(0);
    // Both consumers commit to the same broker.
    for (const { operator } of await monitor.incidents()) expect(operator).toMatch(/commit$|^$/);
  }, 120_000);

  it('a broker that is gone: the step of each process that has lost it, and nobody behind it', async () => {
    broker.process.kill('SIGKILL');
    await expectConnectionLost(monitor, { sink: 'archive fetch' }, BOUND_MS);
    // A producer that tries again for ever tells nobody that it does: it has a message without an answer.
    const incident = await monitor.waitForIncident(stalled('producer', 'orders produce'), BOUND_MS);
    expect(incident).toMatchObject({ type: 'stall', category: 'dependency' });
    // The stage was just asking for orders, or its handler waited for the answer to an invoice.
    await monitor.waitForIncident(({ worker, operator }) => worker === 'stage' && operator !== '', BOUND_MS);
    const steps = [
      'producer: orders produce',
      'stage: invoices produce',
      'stage: billing fetch',
      'sink: archive fetch',
    ];
    for (const blamed of await blamedOf(monitor)) expect(steps).toContain(blamed);
  }, 120_000);

  it('a producer that is gone: the worker, and nobody behind it', async () => {
    producer.kill('SIGKILL');
    const incident = await monitor.waitForIncident(({ worker }) => worker === 'producer', BOUND_MS);
    expect(incident.type).toBe('worker-lost');
    for (const { worker } of await monitor.incidents()) expect(worker).toBe('producer');
  }, 120_000);
});
