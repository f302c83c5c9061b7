// A check of addresses with a regular expression of nested quantifiers, in a chain of RxJS; one address is nearly right.
import { concatMap, interval } from 'rxjs';
import { everyday } from '../support/everyday.mjs';
import { FAULTY, fault } from '../support/orders.mjs';

const ADDRESS = /^([a-z0-9]+[-_.]?)+@([a-z0-9]+[-_.]?)+$/;
const domain = (id) => (id === FAULTY ? `${'a'.repeat(60)}!` : 'example.org');

async function validate(id) {
  await Promise.resolve();
  if (id === FAULTY) fault();
  return ADDRESS.test(`user@${domain(id)}`); // tries every way
}

let seen = 0;

await everyday();
interval(5)
  .pipe(concatMap((id) => validate(id)))
  .subscribe(() => seen++);
