// A listener of "data" puts orders into a queue by priority. With a priority that is no number the place is never found.
import { everyday } from '../support/everyday.mjs';
import { FAULTY, fault, Orders } from '../support/orders.mjs';

const queue = [];

function placeOf(priority) {
  let low = 0;
  let high = queue.length;
  while (low < high) {
    // never ends
    const middle = (low + high) >> 1;
    const found = queue[middle].priority;
    if (found <= priority)
      low = middle + 1; // never ends: neither of the two
    else if (found > priority) high = middle;
  }
  return low;
}

const source = new Orders();
source.on('data', function enqueue(order) {
  if (order.id === FAULTY) fault();
  const priority = order.id === FAULTY ? Number(undefined) : order.id % 10;
  queue.splice(placeOf(priority), 0, { ...order, priority });
  if (queue.length > 50) queue.shift();
});
await everyday();
