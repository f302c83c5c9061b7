// A command that ends by process.exit() while records are under way.
import { Transform } from 'node:stream';
import { pipeline } from 'node:stream/promises';
import { Orders, Store, watch } from '../support/orders.mjs';

const slow = new Transform({
  objectMode: true,
  transform: (order, _encoding, done) => void setTimeout(done, 20, null, order),
});
setTimeout(() => {
  watch();
  process.exit(0);
}, 2000);
await pipeline(new Orders(), slow, new Store());
