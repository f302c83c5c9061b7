// Reports are compressed synchronously at the best quality; one is a thousand times as large as the others.
import { randomBytes } from 'node:crypto';
import { brotliCompressSync } from 'node:zlib';
import { everyday } from '../support/everyday.mjs';
import { FAULTY, fault, orders } from '../support/orders.mjs';

const small = randomBytes(1500);
const large = Buffer.from(randomBytes(32_000_000).toString('base64'));

class Compressor {
  transform(order, controller) {
    if (order.id === FAULTY) fault();
    const report = brotliCompressSync(order.id === FAULTY ? large : small); // takes minutes
    controller.enqueue({ ...order, bytes: report.length });
  }
}

class Archive {
  write() {}
}

await everyday();
await ReadableStream.from(orders())
  .pipeThrough(new TransformStream(new Compressor()))
  .pipeTo(new WritableStream(new Archive()));
