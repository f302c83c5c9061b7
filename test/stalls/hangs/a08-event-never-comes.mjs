// The event has been emitted by the time it is awaited.
import { EventEmitter, once } from 'node:events';
import { Transform } from 'node:stream';
import { pipeline } from 'node:stream/promises';
import { FAULTY, fault, Orders, Store, stayAlive } from '../support/orders.mjs';

const bus = new EventEmitter();
globalThis.bus = bus;

class Publish extends Transform {
  constructor() {
    super({ objectMode: true });
  }

  async _transform(order, _encoding, done) {
    if (order.id === FAULTY) {
      fault();
      bus.emit('confirmed');
      await once(bus, 'confirmed'); // too late
    }
    done(null, order);
  }
}

stayAlive();
await pipeline(new Orders(), new Publish(), new Store());
