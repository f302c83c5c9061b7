// One process of a pipeline over NATS JetStream: orders -> ORDERS -> stage -> BILLS -> sink.
// Usage: jetstream.mjs producer|stage|sink PORT. A line on stdin changes what a consumer does:
// "hang" lets the handler wait until "go on", "slow" lets messages pile up in the client, "stop" ends the consumer.
import { createInterface } from 'node:readline';
import { setTimeout as sleep } from 'node:timers/promises';
import { jetstream, jetstreamManager } from '@nats-io/jetstream';
import { connect } from '@nats-io/transport-node';

const waiting = [];
const [role, port] = process.argv.slice(2);
const connection = await connect({ port: Number(port), maxReconnectAttempts: -1, reconnectTimeWait: 100 });
const client = jetstream(connection);
const manager = await jetstreamManager(connection);

/** Waits as long as the other processes need to make what this one uses. */
async function patiently(ask) {
  for (;;) {
    try {
      return await ask();
    } catch {
      await sleep(50);
    }
  }
}

async function take(stream, name, handle) {
  await patiently(() => manager.consumers.add(stream, { durable_name: name, ack_policy: 'explicit', ack_wait: 60e9 }));
  // A first request may come before the server is ready for it: another one follows after two heartbeats that are missed.
  const messages = await (await client.consumers.get(stream, name)).consume({ max_messages: 10, expires: 2000 });
  const told = {};
  createInterface({ input: process.stdin }).on('line', (line) => {
    told[line] = true;
    if (line === 'stop') messages.stop();
    if (line === 'go on') {
      told.hang = false;
      for (const goOn of waiting.splice(0)) goOn();
    }
  });
  console.log('ready');
  for await (const message of messages) {
    if (told.hang) await hangs();
    if (told.slow) await sleep(100);
    await handle(message);
    await message.ackAck({ timeout: 300 }).catch(() => {});
  }
}

async function hangs() {
  // Somebody holds the other end, as a pool or a pending request would.
  await new Promise((resolve) => waiting.push(resolve));
}

if (role === 'producer') {
  for (const name of ['ORDERS', 'BILLS'])
    await manager.streams.add({ name, subjects: [`${name.toLowerCase()}.>`], max_msgs: 100_000 });
  console.log('ready');
  for (let number = 0; ; number++) {
    await client.publish('orders.new', String(number)).catch(() => {});
    await sleep(10);
  }
} else if (role === 'stage') {
  await take('ORDERS', 'billing', (message) => client.publish('bills.new', message.data));
} else {
  await take('BILLS', 'archive', () => sleep(1));
}
