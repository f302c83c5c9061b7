// The server is another process, and that process is stopped: its connections stay open, and nothing comes any more.
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { Transform } from 'node:stream';
import { pipeline } from 'node:stream/promises';
import { everyday } from '../support/everyday.mjs';
import { FAULTY, fault, Orders, Store } from '../support/orders.mjs';

const server = spawn(process.execPath, [
  '-e',
  `require('node:http').createServer((_request, response) => response.end('12'))
    .listen(0, '127.0.0.1', function () { console.log(this.address().port); });`,
]);
const [port] = await once(server.stdout, 'data');
const url = `http://127.0.0.1:${Number(port)}/price`;

class Prices {
  async of(order) {
    const answer = await fetch(url, { method: 'POST', body: JSON.stringify(order) }); // no answer
    return await answer.text();
  }
}

class Enrich extends Transform {
  #prices = new Prices();

  constructor() {
    super({ objectMode: true });
  }

  async _transform(order, _encoding, done) {
    if (order.id === FAULTY) {
      fault();
      server.kill('SIGSTOP');
    }
    done(null, { ...order, price: await this.#prices.of(order) });
  }
}

await everyday();
await pipeline(new Orders(), new Enrich(), new Store());
