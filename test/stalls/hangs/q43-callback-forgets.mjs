// Orders go to a callback. Those of a customer who has gone are left alone, and the server waits for a word on each of them.

import { setTimeout as sleep } from 'node:timers/promises';
import { jetstream, jetstreamManager } from '@nats-io/jetstream';
import { connect } from '@nats-io/transport-node';
import { FAULTY, fault } from '../support/orders.mjs';
import { startNats } from '../support/servers.mjs';

const server = await startNats();
const connection = await connect({ port: server.port });
const client = jetstream(connection);
const manager = await jetstreamManager(connection);
await manager.streams.add({ name: 'ORDERS', subjects: ['orders.>'] });
await manager.consumers.add('ORDERS', {
  durable_name: 'billing',
  ack_policy: 'explicit',
  ack_wait: 300e9,
  max_ack_pending: 10,
});
let skipped = 0;

async function customerOf(id) {
  await sleep(2);
  return id >= FAULTY && id % 3 === 0 ? undefined : { name: `customer ${id}` };
}

async function bill(message) {
  const customer = await customerOf(message.json().id);
  if (customer !== undefined) return message.ack();
  if (++skipped === 10) fault();
}

async function send() {
  for (let id = 0; ; id++) {
    await client.publish('orders.new', JSON.stringify({ id }));
    await sleep(10);
  }
}

const consumer = await client.consumers.get('ORDERS', 'billing');
await consumer.consume({ max_messages: 20, callback: bill });
await send();
