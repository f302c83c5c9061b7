// Destroyed with an error that is handled.
import { pipeline } from 'node:stream/promises';
import { Orders, Store, stayAlive, watch } from '../support/orders.mjs';

const source = new Orders();
stayAlive();
setTimeout(() => source.destroy(new Error('given up')), 1000);
await pipeline(source, new Store()).catch(() => {});
watch();
