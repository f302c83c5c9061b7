// The same index and the same buffers, in steps that each give the event loop its turn: no step is long, and one order takes minutes.
import { setImmediate as nextTurn } from 'node:timers/promises';
import { FAULTY, fault, orders, stayAlive } from '../support/orders.mjs';

const TILE_BYTES = 32 * 1024 * 1024;
const index = Array.from({ length: 1_500_000 }, (_, n) => ({ word: `word ${n}`, places: [n, n + 1] }));

async function* decode(input) {
  for await (const order of input) {
    if (order.id === FAULTY) fault();
    const tiles = order.id === FAULTY ? 100_000 : 0;
    for (let tile = 0; tile < tiles; tile++) {
      Buffer.allocUnsafeSlow(TILE_BYTES).fill(1, 0, 16);
      if (tile % 20 === 0) await nextTurn();
    }
    yield { ...order, word: index[order.id].word };
  }
}

async function consume(input) {
  let seen = 0;
  for await (const _order of input) seen++;
  return seen;
}

stayAlive();
await consume(decode(orders()));
