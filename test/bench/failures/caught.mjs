// An order cannot be booked; the error is caught, and the flow goes on to its end.
import { pipeline } from 'node:stream/promises';
import { FAULTY, orders, Store, watch } from '../../stalls/support/orders.mjs';

async function* book(input) {
  for await (const order of input) {
    try {
      if (order.id === FAULTY) throw new Error('no such account');
    } catch {
      watch();
    }
    if (order.id === FAULTY + 100) return;
    yield order;
  }
}

await pipeline(orders, book, new Store());
