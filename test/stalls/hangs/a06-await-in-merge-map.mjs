// mergeMap with a concurrency of two: two calls that never settle stop everything.
import { interval, mergeMap } from 'rxjs';
import { FAULTY, fault, stayAlive } from '../support/orders.mjs';

const answers = new Map();

async function enrich(id) {
  if (id >= FAULTY) {
    if (id === FAULTY) fault();
    await new Promise((resolve) => answers.set(id, resolve)); // nobody answers
  }
  return id;
}

stayAlive();
interval(5).pipe(mergeMap(enrich, 2)).subscribe();
