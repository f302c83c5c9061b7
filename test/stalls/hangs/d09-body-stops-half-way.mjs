// The head of the answer comes, and half of its body; then the server says nothing more.
import { once } from 'node:events';
import { createServer } from 'node:http';
import { setTimeout as pause } from 'node:timers/promises';
import { operator } from '@streamgauge/agent';
import { everyday } from '../support/everyday.mjs';
import { FAULTY, fault } from '../support/orders.mjs';

const server = createServer(({ url }, response) => {
  response.writeHead(200, { 'content-length': 2000 }).write('x'.repeat(1000));
  if (url !== `/${FAULTY}`) response.end('x'.repeat(1000));
}).listen(0, '127.0.0.1');
await once(server, 'listening');

const download = operator('download', async (id) => {
  if (id === FAULTY) fault();
  const answer = await fetch(`http://127.0.0.1:${server.address().port}/${id}`);
  const text = await answer.text(); // half of it
  return text.length;
});

await everyday();
for (let id = 0; ; id++) {
  await download(id);
  await pause(5);
}
