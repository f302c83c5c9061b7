// The messages of a pull consumer are piped into a ledger, which does not call back for one it has seen before.
import { Readable, Writable } from 'node:stream';
import { pipeline } from 'node:stream/promises';
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
await manager.consumers.add('ORDERS', { durable_name: 'billing', ack_policy: 'explicit', ack_wait: 300e9 });

class Ledger extends Writable {
  #seen = new Set();

  constructor() {
    super({ objectMode: true });
  }

  _write(line, _encoding, done) {
    if (this.#seen.has(line.id)) {
      fault();
      return;
    }
    this.#seen.add(line.id);
    setImmediate(() => {
      line.message.ack();
      done();
    });
  }
}

async function* lines(messages) {
  for await (const message of messages) yield { id: message.json().id, message };
}

async function send() {
  for (let id = 0; ; id++) {
    await client.publish('orders.new', JSON.stringify({ id: id === FAULTY ? 1 : id }));
    await sleep(10);
  }
}

const messages = await (await client.consumers.get('ORDERS', 'billing')).consume({ max_messages: 10, expires: 2000 });
await Promise.all([pipeline(Readable.from(lines(messages)), new Ledger()), send()]);
