// Waits for an event of an emitter that has gone out of use in the meantime: nobody can settle it any more.
import { EventEmitter, once } from 'node:events';
import { setTimeout as pause } from 'node:timers/promises';
import { everyday } from '../support/everyday.mjs';
import { FAULTY, fault, Orders, Store } from '../support/orders.mjs';

async function scan(order) {
  const scanner = new EventEmitter();
  if (order.id < FAULTY) pause(1).then(() => scanner.emit('done'));
  else if (order.id === FAULTY) fault();
  await once(scanner, 'done'); // nobody has the scanner any more
  return order;
}

function isOpen(order) {
  return order.id % 3 !== 0 || order.id >= FAULTY;
}

await everyday();
new Orders().filter(isOpen).map(scan, { concurrency: 2 }).pipe(new Store());
