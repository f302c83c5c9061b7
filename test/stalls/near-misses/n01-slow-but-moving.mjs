// Slow, and moving all the time: a record takes 150 ms.
import { Readable, Writable } from 'node:stream';
import { pipeline } from 'node:stream/promises';

let number = 0;
const orders = new Readable({
  objectMode: true,
  read() {
    this.push({ number: number++ });
  },
});
class Store extends Writable {
  constructor() {
    super({ objectMode: true });
  }

  _write(_order, _encoding, done) {
    setTimeout(done, 150);
  }
}

console.log('watch');
await pipeline(orders, new Store());
