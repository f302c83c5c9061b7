// A package that the project uses throws by itself, from a timer of its own.
import { mkdirSync, mkdtempSync, writeFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { pipeline } from 'node:stream/promises';
import { FAULTY, fault, orders, Store } from '../../stalls/support/orders.mjs';

const folder = mkdtempSync(join(tmpdir(), 'failure-'));
mkdirSync(join(folder, 'node_modules', 'cache'), { recursive: true });
writeFileSync(
  join(folder, 'node_modules', 'cache', 'index.js'),
  `exports.expire = (entries) => setTimeout(function expire() {
    entries.oldest.remove();
  }, 1);`,
);
const { expire } = createRequire(join(folder, 'x.js'))('cache');

async function* remember(input) {
  for await (const order of input) {
    if (order.id === FAULTY) {
      fault();
      expire({});
    }
    yield order;
  }
}

await pipeline(orders, remember, new Store());
