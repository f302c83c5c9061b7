// An agent of undici with few connections, in Web Streams: of what is not found the body is not read.
import { once } from 'node:events';
import { createServer } from 'node:http';
import { Agent, fetch } from 'undici';
import { everyday } from '../support/everyday.mjs';
import { FAULTY, fault, orders } from '../support/orders.mjs';

const server = createServer(({ url }, response) => {
  response.statusCode = Number(url.slice(1)) < FAULTY ? 200 : 404;
  response.end('x'.repeat(500_000));
}).listen(0, '127.0.0.1');
await once(server, 'listening');
const dispatcher = new Agent({ connections: 2, pipelining: 1 });
// Kept for a report at the end of the day.
const notFound = [];

class Catalogue {
  async transform(order, controller) {
    if (order.id === FAULTY + 2) fault();
    const answer = await fetch(`http://127.0.0.1:${server.address().port}/${order.id}`, { dispatcher }); // no connection
    if (answer.ok) controller.enqueue({ ...order, text: await answer.text() });
    else notFound.push(answer);
  }
}

class Ledger {
  write() {}
}

await everyday();
await ReadableStream.from(orders())
  .pipeThrough(new TransformStream(new Catalogue()))
  .pipeTo(new WritableStream(new Ledger()));
