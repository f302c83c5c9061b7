// A transform of through2 that leaves early for an order it knows already, and does not call back.
import through2 from 'through2';
import { everyday } from '../support/everyday.mjs';
import { FAULTY, fault, Orders, Store } from '../support/orders.mjs';

const seen = new Set([FAULTY]);

const price = through2.obj(function price(order, _encoding, done) {
  this.push({ ...order, price: 12 });
  done();
});

const unique = through2.obj(function unique(order, _encoding, done) {
  if (seen.has(order.id)) {
    fault();
    return;
  }
  seen.add(order.id);
  done(null, order);
});

await everyday();
new Orders().pipe(price).pipe(unique).pipe(new Store());
