// Two consumers take two locks in opposite order.

import { setTimeout as pause } from 'node:timers/promises';
import { operator } from '@streamgauge/agent';
import { Mutex } from 'async-mutex';
import { everyday } from '../support/everyday.mjs';
import { FAULTY, fault } from '../support/orders.mjs';

const stock = new Mutex();
const account = new Mutex();

const reserve = operator('reserve', async (id) => {
  const free = await stock.acquire();
  await pause(id >= FAULTY / 2 ? 20 : 1);
  await account.runExclusive(() => pause(1)); // held by the refund
  free();
});

const refund = operator('refund', async (id) => {
  const free = await account.acquire();
  if (id === FAULTY / 2) fault();
  await pause(id >= FAULTY / 2 ? 20 : 1);
  await stock.runExclusive(() => pause(1)); // held by the reservation
  free();
});

await everyday();
for (let id = 0; ; id++) {
  // In turn for a while; then both at once.
  if (id < FAULTY / 2) {
    await reserve(id);
    await refund(id);
    await pause(2);
  } else await Promise.all([reserve(id), refund(id)]);
}
