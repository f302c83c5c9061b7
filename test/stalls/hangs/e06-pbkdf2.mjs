// pbkdf2Sync in a generator.
import { pbkdf2Sync } from 'node:crypto';
import { FAULTY, fault, orders, stayAlive } from '../support/orders.mjs';

async function* hash(input) {
  for await (const order of input) {
    const rounds = order.id === FAULTY ? 500_000_000 : 1;
    if (order.id === FAULTY) fault();
    yield { ...order, hash: pbkdf2Sync('secret', 'salt', rounds, 32, 'sha256') };
  }
}

async function consume(input) {
  let seen = 0;
  for await (const _order of input) seen++;
  return seen;
}

stayAlive();
await consume(hash(orders()));
