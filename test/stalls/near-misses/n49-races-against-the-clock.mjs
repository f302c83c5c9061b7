// A server that answers every second question only: each is given up after 300 ms, and the promises left behind stay pending.
import { once } from 'node:events';
import { connect, createServer } from 'node:net';
import { createInterface } from 'node:readline';
import { Transform } from 'node:stream';
import { pipeline } from 'node:stream/promises';
import { setTimeout as pause } from 'node:timers/promises';
import { everyday } from '../support/everyday.mjs';
import { Orders, Store, watch } from '../support/orders.mjs';

const server = createServer((socket) => {
  createInterface({ input: socket }).on('line', (id) => {
    if (id % 2 === 0) socket.write(`${id}\n`);
  });
}).listen(0, '127.0.0.1');
await once(server, 'listening');

class Client {
  #socket = connect(server.address().port, '127.0.0.1');
  #waiting = new Map();

  constructor() {
    createInterface({ input: this.#socket }).on('line', (id) => this.#waiting.get(Number(id))?.('known'));
  }

  ask(id) {
    this.#socket.write(`${id}\n`);
    return new Promise((resolve) => this.#waiting.set(id, resolve));
  }
}

class Enrich extends Transform {
  #client = new Client();

  constructor() {
    super({ objectMode: true });
  }

  async _transform(order, _encoding, done) {
    const state = await Promise.race([this.#client.ask(order.id), pause(300, 'unknown')]);
    done(null, { ...order, state });
  }
}

await everyday();
watch();
await pipeline(new Orders(), new Enrich(), new Store());
