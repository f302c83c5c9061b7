// A processor that searches all routes in one go: for most orders that is a few, for one of them more than anybody waits for.
import { sendJobs, work } from '../support/bullmq.mjs';
import { FAULTY, fault } from '../support/orders.mjs';

function shortestRoute(stops) {
  let best = Number.POSITIVE_INFINITY;
  const visit = (left, length) => {
    if (left.length === 0) best = Math.min(best, length);
    // tries every route
    for (const stop of left) {
      const others = left.filter((other) => other !== stop);
      visit(others, length + (stop % 7));
    }
  };
  visit(stops, 0);
  return best;
}

async function plan({ data: { id } }) {
  if (id === FAULTY) fault();
  const stops = Array.from({ length: id === FAULTY ? 16 : 4 }, (_, stop) => stop);
  return shortestRoute(stops);
}

work('orders', plan, { lockDuration: 1000, stalledInterval: 1000 });
await sendJobs('orders');
