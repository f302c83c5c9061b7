// The thread pool has more to do than it has threads, and does one thing after the other.
import { pbkdf2 } from 'node:crypto';
import { promisify } from 'node:util';
import { everyday } from '../support/everyday.mjs';
import { Orders, Store, watch } from '../support/orders.mjs';

const derive = promisify(pbkdf2);

async function hash(order) {
  const key = await derive(`order ${order.id}`, 'salt', 50_000, 32, 'sha512');
  return { ...order, key };
}

await everyday();
watch();
new Orders().map(hash, { concurrency: 8 }).pipe(new Store());
