// A pump that tells that it runs: after a while when it is cold, at once when it is warm, and then nobody listens yet.
import { EventEmitter, once } from 'node:events';
import { pipeline } from 'node:stream/promises';
import { everyday } from '../support/everyday.mjs';
import { FAULTY, fault, Orders, Store } from '../support/orders.mjs';

class Pump extends EventEmitter {
  #runs = 0;

  start() {
    if (++this.#runs <= FAULTY) setTimeout(() => this.emit('running'), 1);
    else this.emit('running');
  }
}

const pump = new Pump();

async function* fill(input) {
  for await (const order of input) {
    if (order.id === FAULTY) fault();
    pump.start();
    await once(pump, 'running'); // has been emitted
    yield order;
  }
}

async function* label(input) {
  for await (const order of input) yield { ...order, label: `order ${order.id}` };
}

await everyday();
await pipeline(new Orders(), label, fill, new Store());
