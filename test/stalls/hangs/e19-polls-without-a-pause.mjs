// Looks in every turn of the event loop whether a file has come; it has got another name.
import { existsSync, mkdtempSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setImmediate as turn } from 'node:timers/promises';
import { everyday } from '../support/everyday.mjs';
import { FAULTY, fault, orders } from '../support/orders.mjs';

const folder = mkdtempSync(join(tmpdir(), 'stall-'));
writeFileSync(join(folder, 'receipt'), 'paid');

async function receiptOf({ id }) {
  const path = join(folder, id < FAULTY ? 'receipt' : `receipt.${id}`);
  while (!existsSync(path)) await turn(); // never comes
  return path;
}

class Settlement {
  async transform(order, controller) {
    if (order.id === FAULTY) fault();
    controller.enqueue({ ...order, receipt: await receiptOf(order) });
  }
}

class Ledger {
  write() {}
}

await everyday();
await ReadableStream.from(orders())
  .pipeThrough(new TransformStream(new Settlement()))
  .pipeTo(new WritableStream(new Ledger()));
