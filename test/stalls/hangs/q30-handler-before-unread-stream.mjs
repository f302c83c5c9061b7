// The handler hands orders to a chain of Transforms and waits while it is full. A report reads its end, until
// the report is switched off.
import { once } from 'node:events';
import { Transform } from 'node:stream';
import { broker, consume, sendOrders } from '../support/kafka.mjs';
import { FAULTY, fault, Store, stayAlive } from '../support/orders.mjs';

await broker.createTopic('orders', 1);

class Parse extends Transform {
  constructor() {
    super({ objectMode: true });
  }

  _transform(text, _encoding, done) {
    done(null, JSON.parse(text));
  }
}

class Normalise extends Transform {
  constructor() {
    super({ objectMode: true });
  }

  _transform(order, _encoding, done) {
    done(null, { id: String(order.id) });
  }
}

const report = new Store();
const [head, tail] = [new Parse(), new Normalise()];
head.pipe(tail).pipe(report);

await consume({
  eachMessage: async function bill({ message }) {
    const text = String(message.value);
    if (JSON.parse(text).id === FAULTY) {
      fault();
      tail.unpipe(report);
    }
    if (!head.write(text)) await once(head, 'drain');
  },
});
stayAlive();
await sendOrders({ partitions: 1 });
