// A log file is given up while it is rotated. Who writes to it finds it full and waits for it to drain, which never comes.
import { once } from 'node:events';
import { createWriteStream } from 'node:fs';
import { everyday } from '../support/everyday.mjs';
import { FAULTY, fault, orders } from '../support/orders.mjs';

class Archive {
  #file = createWriteStream('/dev/null', { highWaterMark: 1 });

  rotate() {
    this.#file.destroy();
  }

  async append(line) {
    if (!this.#file.write(line)) await once(this.#file, 'drain'); // it has been destroyed
  }
}

const archive = new Archive();

async function* enrich(input) {
  for await (const order of input) yield { ...order, price: order.id * 2 };
}

async function archiveAll(input) {
  for await (const order of input) {
    if (order.id === FAULTY) {
      fault();
      archive.rotate();
    }
    await archive.append(`${JSON.stringify(order)}\n`);
  }
}

await everyday();
await archiveAll(enrich(orders()));
