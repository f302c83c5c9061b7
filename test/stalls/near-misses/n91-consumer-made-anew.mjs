// A deployment deletes the consumer and makes it anew a moment later.
import { setTimeout as sleep } from 'node:timers/promises';
import { jetstream, jetstreamManager } from '@nats-io/jetstream';
import { connect } from '@nats-io/transport-node';
import { FAULTY, watch } from '../support/orders.mjs';
import { startNats } from '../support/servers.mjs';

const server = await startNats();
const connection = await connect({ port: server.port });
const client = jetstream(connection);
const manager = await jetstreamManager(connection);
await manager.streams.add({ name: 'ORDERS', subjects: ['orders.>'] });
const make = () => manager.consumers.add('ORDERS', { durable_name: 'billing', ack_policy: 'explicit' });
await make();
let seen = 0;

async function bill() {
  const messages = await (await client.consumers.get('ORDERS', 'billing')).consume({ max_messages: 10, expires: 1000 });
  for await (const message of messages) {
    await sleep(1);
    message.ack();
    if (++seen !== FAULTY) continue;
    watch();
    await manager.consumers.delete('ORDERS', 'billing');
    setTimeout(make, 300);
  }
}

async function send() {
  for (let id = 0; ; id++) {
    await client.publish('orders.new', JSON.stringify({ id }));
    await sleep(10);
  }
}

await Promise.all([bill(), send()]);
