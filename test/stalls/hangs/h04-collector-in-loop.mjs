// An index of some million objects is alive, and pictures are decoded beside it: each time that buffers have grown by a little, the
// collector walks through all of the index. Nearly all of the time of one large picture goes there.
import { Transform } from 'node:stream';
import { pipeline } from 'node:stream/promises';
import { FAULTY, fault, Orders, Store, stayAlive } from '../support/orders.mjs';

const TILE_BYTES = 32 * 1024 * 1024;
const index = Array.from({ length: 1_500_000 }, (_, n) => ({ word: `word ${n}`, places: [n, n + 1] }));

class Decode extends Transform {
  constructor() {
    super({ objectMode: true });
  }

  _transform(order, _encoding, done) {
    if (order.id === FAULTY) fault();
    const tiles = order.id === FAULTY ? 100_000 : 0;
    for (let tile = 0; tile < tiles; tile++) Buffer.allocUnsafeSlow(TILE_BYTES).fill(1, 0, 16);
    done(null, { ...order, word: index[order.id].word });
  }
}

stayAlive();
await pipeline(new Orders(), new Decode(), new Store());
