// A few hundred pipelines a second, each gone within a tick or two.
import { Readable } from 'node:stream';
import { pipeline } from 'node:stream/promises';
import { Store, stayAlive, watch } from '../support/orders.mjs';

stayAlive();
watch();
for (;;) {
  await pipeline(Readable.from([{ id: 1 }, { id: 2 }]), new Store());
  await new Promise((resolve) => setTimeout(resolve, 2));
}
