// Every record fails twice and is tried again after a while; the third time it passes.

import { setTimeout as pause } from 'node:timers/promises';
import { concatMap, defer, interval, retry } from 'rxjs';
import { everyday } from '../support/everyday.mjs';
import { watch } from '../support/orders.mjs';

const attempts = new Map();

async function send(id) {
  const attempt = (attempts.get(id) ?? 0) + 1;
  attempts.set(id, attempt);
  await pause(5);
  if (attempt < 3) throw new Error('not now');
  attempts.delete(id);
  return id;
}

let sent = 0;

await everyday();
watch();
interval(1000)
  .pipe(concatMap((id) => defer(() => send(id)).pipe(retry({ count: 3, delay: 300 }))))
  .subscribe(() => sent++);
