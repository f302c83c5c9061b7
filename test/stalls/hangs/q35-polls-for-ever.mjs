// Payments are joined with orders that are expected to be there soon. One never comes, and the stage looks in every turn of the loop.
import { setImmediate as nextTurn } from 'node:timers/promises';
import { FAULTY, fault, orders, stayAlive } from '../support/orders.mjs';

const known = new Map();

async function* receive(input) {
  for await (const order of input) {
    if (order.id !== FAULTY) known.set(order.id, order);
    else fault();
    yield { order: order.id };
  }
}

async function* join(payments) {
  for await (const payment of payments) {
    while (!known.has(payment.order)) await nextTurn(); // looks again
    yield { ...payment, ...known.get(payment.order) };
  }
}

async function consume(input) {
  let seen = 0;
  for await (const _payment of input) seen++;
  return seen;
}

stayAlive();
await consume(join(receive(orders())));
