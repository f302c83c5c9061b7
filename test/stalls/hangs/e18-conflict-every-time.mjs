// Optimistic updates: read the version, write if it is still the same. Since a second writer has come, it never is, and trying again goes
// on at full speed: the event loop turns, and nothing comes out.
import { everyday } from '../support/everyday.mjs';
import { FAULTY, fault, orders } from '../support/orders.mjs';

class Account {
  version = 0;
  #balance = 0;

  async update(change, version) {
    await new Promise((resolve) => setImmediate(resolve));
    if (version !== this.version) return false;
    this.version++;
    this.#balance += change;
    return true;
  }
}

const account = new Account();

/** The second writer. */
function touch() {
  account.version++;
  setImmediate(touch);
}

async function* book(input) {
  for await (const order of input) {
    if (order.id === FAULTY) {
      fault();
      touch();
    }
    while (!(await account.update(1, account.version))); // conflicts every time
    yield order;
  }
}

async function consume(input) {
  let seen = 0;
  for await (const _order of input) seen++;
  return seen;
}

await everyday();
await consume(book(orders()));
