// concatMap() with an inner Observable that gives its value and does not complete: the next one never comes to its turn.
import { concatMap, interval, map, Observable } from 'rxjs';
import { everyday } from '../support/everyday.mjs';
import { FAULTY, fault } from '../support/orders.mjs';

function lookUp(id) {
  return new Observable((observer) => {
    const timer = setTimeout(() => {
      observer.next({ id, price: 12 });
      if (id === FAULTY) fault();
      else observer.complete();
    }, 2);
    return () => clearTimeout(timer);
  });
}

const totals = { orders: 0, price: 0 };

function add({ price }) {
  totals.orders++;
  totals.price += price;
}

await everyday();
interval(5)
  .pipe(
    concatMap((id) => lookUp(id)),
    map((order) => ({ ...order, at: Date.now() })),
  )
  .subscribe(add);
