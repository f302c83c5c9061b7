// A Transform that does not call back for one record: https://github.com/nodejs/node/issues/49052
import { Readable, Transform, Writable } from 'node:stream';
import { pipeline } from 'node:stream/promises';

let number = 0;
const orders = new Readable({
  objectMode: true,
  read() {
    setTimeout(() => this.push({ number: number++ }), 5);
  },
});

class Enrich extends Transform {
  constructor() {
    super({ objectMode: true });
  }

  _transform(order, _encoding, done) {
    if (order.number === 300) {
      console.log('fault');
      return;
    }
    done(null, { ...order, price: order.number * 2 });
  }
}

class Store extends Writable {
  constructor() {
    super({ objectMode: true });
  }

  _write(_order, _encoding, done) {
    setImmediate(done);
  }
}

await pipeline(orders, new Enrich(), new Store());
