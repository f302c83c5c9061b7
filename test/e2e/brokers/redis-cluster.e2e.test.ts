import { Cluster, Redis } from 'ioredis';
import { createCluster } from 'redis';
import { expect, type TestContext, test } from 'vitest';
import type { ExplicitOperator } from '../../../agent/src/operator/explicit-operator.ts';
import { debianProgram, pathOrSkip } from '../../support/peers.ts';
import { temporaryFolder } from '../../support/temporary-folder.ts';
import { whenFinished } from '../../support/test-end.ts';
import { trackEachTest } from '../../unit/agent/stream/tracked.ts';
import { freePort, startServer } from '../harness/server.ts';
import { until } from '../harness/until.ts';

const tracked = trackEachTest();
const BOUND_MS = 10_000;

/** One node that has every slot. */
async function startCluster(context: Pick<TestContext, 'skip'>): Promise<number> {
  const redis = pathOrSkip(await debianProgram('redis-server'), context);
  const port = await freePort();
  const folder = temporaryFolder();
  // A single node does not know under which address it is known.
  const settings = [
    '--cluster-announce-ip',
    '127.0.0.1',
    '--port',
    port,
    '--save',
    '',
    '--dir',
    folder,
    '--cluster-enabled',
    'yes',
    '--cluster-port',
    0,
  ];
  await startServer(redis, [...settings, '--cluster-config-file', 'nodes.conf'].map(String), port);
  const admin = new Redis({ port, host: '127.0.0.1' });
  await admin.call('CLUSTER', 'ADDSLOTSRANGE', '0', '16383');
  await until('the cluster is ready', BOUND_MS, async () =>
    String(await admin.call('CLUSTER', 'INFO')).includes('cluster_state:ok') ? true : undefined,
  );
  admin.disconnect();
  return port;
}

const leg = (name: string): ExplicitOperator => tracked.current.named(name) as never;
const idsOf = (name: string): unknown[] => tracked.current.graph.ports.of(leg(name)).map(({ position }) => position);

function expectFollowed(): void {
  expect(leg('orders produce')).toMatchObject({ done: 2, inFlight: 0, condition: { failures: 0 } });
  expect(leg('orders/billing handle')).toMatchObject({ done: 2, inFlight: 0 });
  expect(leg('orders/billing commit')).toMatchObject({ done: 2, inFlight: 0, condition: { failures: 0 } });
  expect(idsOf('orders/billing fetch')).toEqual(idsOf('orders produce'));
}

test('a cluster of ioredis is followed as a client is', async (context) => {
  const port = await startCluster(context);
  const cluster = new Cluster([{ port, host: '127.0.0.1' }]);
  whenFinished(() => cluster.disconnect());
  await cluster.xgroup('CREATE', 'orders', 'billing', '0', 'MKSTREAM');
  for (const number of [1, 2]) await cluster.xadd('orders', '*', 'number', number);
  const read = await cluster.xreadgroup('GROUP', 'billing', 'one', 'STREAMS', 'orders', '>');
  expect(leg('orders/billing handle').inFlight).toBe(2);
  const [[, [[first], [second]]]] = read as unknown as [[string, [[string], [string]]]];
  await cluster.xack('orders', 'billing', first);
  await cluster.pipeline().xack('orders', 'billing', second).exec();
  expectFollowed();
});

test('a cluster of node-redis is followed as a client is, with what it sends together', async (context) => {
  const port = await startCluster(context);
  const cluster = createCluster({ rootNodes: [{ url: `redis://127.0.0.1:${port}` }] });
  await cluster.connect();
  whenFinished(() => cluster.destroy());
  await cluster.xGroupCreate('orders', 'billing', '0', { MKSTREAM: true });
  await cluster.xAdd('orders', '*', { number: '1' });
  await cluster.multi().xAdd('orders', '*', { number: '2' }).exec();
  const read = await cluster.xReadGroup('billing', 'one', { key: 'orders', id: '>' });
  expect(leg('orders/billing handle').inFlight).toBe(2);
  const [{ messages }] = read as unknown as [{ messages: [{ id: string }, { id: string }] }];
  await cluster.xAck('orders', 'billing', messages[0].id);
  await cluster.multi().xAck('orders', 'billing', messages[1].id).execAsPipeline();
  expectFollowed();
});
