// The client asks, waits, and asks again; the server sends its sign of life and nothing else.

import { setTimeout as sleep } from 'node:timers/promises';
import { jetstream, jetstreamManager } from '@nats-io/jetstream';
import { connect } from '@nats-io/transport-node';
import { watch } from '../support/orders.mjs';
import { startNats } from '../support/servers.mjs';

const server = await startNats();
const connection = await connect({ port: server.port });
const client = jetstream(connection);
const manager = await jetstreamManager(connection);
await manager.streams.add({ name: 'ORDERS', subjects: ['orders.>'] });
await manager.consumers.add('ORDERS', { durable_name: 'billing', ack_policy: 'explicit' });

async function bill() {
  const messages = await (await client.consumers.get('ORDERS', 'billing')).consume({ max_messages: 10, expires: 5000 });
  for await (const message of messages) {
    await sleep(1);
    message.ack();
  }
}

async function send() {
  for (let id = 0; id < 100; id++) {
    await client.publish('orders.new', JSON.stringify({ id }));
    await sleep(10);
  }
  watch();
}

await Promise.all([bill(), send()]);
