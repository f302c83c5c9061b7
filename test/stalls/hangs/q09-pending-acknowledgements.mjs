// A handler that skips test orders without a word to the server: 20 of them, and the server gives nothing any more.

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
  max_ack_pending: 20,
});

async function bill() {
  const messages = await (await client.consumers.get('ORDERS', 'billing')).consume({ max_messages: 10, expires: 2000 });
  let skipped = 0;
  for await (const message of messages) {
    const { id } = message.json();
    await sleep(1);
    if (id >= FAULTY && id % 4 === 0) {
      if (++skipped === 20) fault();
      continue; // forgets the message
    }
    message.ack();
  }
}

async function send() {
  for (let id = 0; ; id++) {
    await client.publish('orders.new', JSON.stringify({ id }));
    await sleep(10);
  }
}

await Promise.all([bill(), send()]);
