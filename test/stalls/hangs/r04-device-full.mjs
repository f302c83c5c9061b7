// The device is full. Writing is tried again and again, and nobody is told.
import { open } from 'node:fs/promises';
import { Writable } from 'node:stream';
import { pipeline } from 'node:stream/promises';
import { setTimeout as pause } from 'node:timers/promises';
import { everyday } from '../support/everyday.mjs';
import { FAULTY, fault, Orders } from '../support/orders.mjs';

const ROOM = await open('/dev/null', 'w');
const FULL = await open('/dev/full', 'w');

class Archive extends Writable {
  constructor() {
    super({ objectMode: true });
  }

  async _write(order, _encoding, done) {
    if (order.id === FAULTY) fault();
    const file = order.id < FAULTY ? ROOM : FULL;
    for (;;) {
      try {
        await file.write(`order ${order.id}\n`); // ENOSPC
        break;
      } catch {
        await pause(200);
      }
    }
    done();
  }
}

await everyday();
await pipeline(new Orders(), new Archive());
