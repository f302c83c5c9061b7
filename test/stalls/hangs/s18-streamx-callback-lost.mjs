// A Transform of streamx whose second attempt forgets to call back.
import { Readable, Transform, Writable } from 'streamx';
import { everyday } from '../support/everyday.mjs';
import { FAULTY, fault } from '../support/orders.mjs';

let next = 0;

class Feed extends Readable {
  _read(done) {
    setTimeout(() => {
      this.push({ id: next++ });
      done(null);
    }, 5);
  }
}

class Publish extends Transform {
  _transform(order, done) {
    send(order, (error) => {
      if (!error) done(null, order);
      else send(order, () => {});
    });
  }
}

class Ledger extends Writable {
  _write(_order, done) {
    setImmediate(done, null);
  }
}

function send(order, sent) {
  if (order.id === FAULTY) fault();
  setTimeout(sent, 1, order.id === FAULTY ? new Error('try again') : null);
}

await everyday();
new Feed().pipe(new Publish()).pipe(new Ledger());
