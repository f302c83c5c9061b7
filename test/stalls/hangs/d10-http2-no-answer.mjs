// Calls over one HTTP/2 connection, as gRPC makes them; one of them gets no answer.
import { once } from 'node:events';
import { connect, createServer } from 'node:http2';
import { everyday } from '../support/everyday.mjs';
import { FAULTY, fault, Orders, Store } from '../support/orders.mjs';

const server = createServer();
let calls = 0;
server.on('stream', (stream) => {
  stream.resume();
  if (calls++ < FAULTY) stream.respond({ ':status': 200 }, { endStream: true });
});
server.listen(0, '127.0.0.1');
await once(server, 'listening');
const session = connect(`http://127.0.0.1:${server.address().port}`);

async function call(order) {
  const stream = session.request({ ':path': '/reserve', ':method': 'POST' });
  stream.end(JSON.stringify(order));
  const [headers] = await once(stream, 'response'); // no answer
  return headers[':status'];
}

async function reserve(order) {
  if (order.id === FAULTY) fault();
  return { ...order, status: await call(order) };
}

await everyday();
new Orders().map(reserve).pipe(new Store());
