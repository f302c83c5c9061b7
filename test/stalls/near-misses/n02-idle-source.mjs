// Some records, and then nothing for a long time.
import { Readable } from 'node:stream';
import { pipeline } from 'node:stream/promises';
import { Store, stayAlive, watch } from '../support/orders.mjs';

async function* few() {
  for (let id = 0; id < 100; id++) {
    await new Promise((resolve) => setTimeout(resolve, 5));
    yield { id };
  }
  watch();
  await new Promise((resolve) => setTimeout(resolve, 600_000));
}

stayAlive();
await pipeline(Readable.from(few()), new Store());
