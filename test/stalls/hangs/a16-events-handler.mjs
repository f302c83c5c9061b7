// A loop over the events of a bus; the handler waits for a second event that belongs to another order.
import { EventEmitter, on, once } from 'node:events';
import { everyday } from '../support/everyday.mjs';
import { FAULTY, fault } from '../support/orders.mjs';

const bus = new EventEmitter();
bus.setMaxListeners(0);
let next = 0;
setInterval(() => {
  const id = next++;
  bus.emit('order', { id });
  if (id !== FAULTY) setTimeout(() => bus.emit(`paid ${id}`), 2);
}, 10);

async function settle() {
  for await (const [order] of on(bus, 'order')) {
    if (order.id === FAULTY) fault();
    if (order.id >= FAULTY) await once(bus, `paid ${order.id}`); // has not been paid
  }
}

await everyday();
await settle();
