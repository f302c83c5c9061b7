// Every call may take 300 ms, then it is given up and the order passes without a price. The signal hangs on a Request that is copied for
// the call; when the garbage collector has come in between, the runtime has lost it, and the call is never given up.
import { once } from 'node:events';
import { createServer } from 'node:http';
import { Transform } from 'node:stream';
import { pipeline } from 'node:stream/promises';
import { everyday } from '../support/everyday.mjs';
import { FAULTY, fault, Orders, Store } from '../support/orders.mjs';

const LONGEST_MS = 300;
// Every fiftieth question is not answered.
const server = createServer(({ url }, response) => {
  if (Number(url.slice(1)) % 50 !== 49) response.end('12');
}).listen(0, '127.0.0.1');
await once(server, 'listening');

/** As a wrapper does that adds something to every request. */
function copyOf(request) {
  return request.clone();
}

function requestFor({ id }, signal) {
  return copyOf(new Request(`http://127.0.0.1:${server.address().port}/${id}`, { signal }));
}

class Enrich extends Transform {
  constructor() {
    super({ objectMode: true });
  }

  async _transform(order, _encoding, done) {
    const giveUp = new AbortController();
    const timer = setTimeout(() => giveUp.abort(), LONGEST_MS);
    if (order.id === FAULTY - 1) {
      fault();
      // It would come by itself some time; here it comes every time.
      setTimeout(gc, LONGEST_MS / 2);
    }
    try {
      const answer = await fetch(requestFor(order, giveUp.signal)); // is not given up
      done(null, { ...order, price: await answer.text() });
    } catch {
      done(null, order);
    } finally {
      clearTimeout(timer);
    }
  }
}

await everyday();
await pipeline(new Orders(), new Enrich(), new Store());
