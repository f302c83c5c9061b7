// A service of several classes behind concatMap(); in the innermost one a promise waits for a reply that was dropped.
import { concatMap, filter, interval, map } from 'rxjs';
import { everyday } from '../support/everyday.mjs';
import { FAULTY, fault } from '../support/orders.mjs';

class Replies {
  #waiting = new Map();

  expect(id) {
    return new Promise((resolve) => this.#waiting.set(id, resolve));
  }

  receive(id, reply) {
    this.#waiting.get(id)?.(reply);
    this.#waiting.delete(id);
  }
}

class Stock {
  #replies = new Replies();

  async reserve(id) {
    const reply = this.#replies.expect(id);
    if (id === FAULTY) fault();
    else setTimeout(() => this.#replies.receive(id, 'reserved'), 2);
    return await reply; // dropped
  }
}

class Shipping {
  #stock = new Stock();

  async ship(id) {
    const state = await this.#stock.reserve(id);
    return { id, state };
  }
}

const shipping = new Shipping();
const shipped = [];

await everyday();
interval(5)
  .pipe(
    filter((id) => id >= 0),
    concatMap((id) => shipping.ship(id)),
    map((order) => order.id),
  )
  .subscribe((id) => {
    shipped[0] = id;
  });
