// One client for everything: once a listener for commands of the operators begins to wait on it without an end, nothing else that
// is sent over it has its turn.
import { Transform } from 'node:stream';
import { pipeline } from 'node:stream/promises';
import { FAULTY, fault, Orders, Store } from '../support/orders.mjs';
import { clientOf } from '../support/redis-streams.mjs';

const client = clientOf();

async function listen() {
  for (;;) {
    const [, command] = await client.brpop('commands', 0);
    console.log(command);
  }
}

class Archive extends Transform {
  constructor() {
    super({ objectMode: true });
  }

  async _transform(order, _encoding, done) {
    if (order.id === FAULTY) {
      fault();
      void listen();
    }
    await client.hset('archive', order.id, JSON.stringify(order)); // behind the blocking read
    done(null, order);
  }
}

await pipeline(new Orders(), new Archive(), new Store());
