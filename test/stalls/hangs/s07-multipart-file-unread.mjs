// An upload service: a part of the type that nobody thought of is not read, so the parser cannot go on, nor the request behind it.
import { once } from 'node:events';
import { createServer, request } from 'node:http';
import { setTimeout as pause } from 'node:timers/promises';
import busboy from 'busboy';
import { fault } from '../support/orders.mjs';

const FILE_BYTES = 200_000;

function upload(incoming, answer) {
  const form = busboy({ headers: incoming.headers });
  form.on('file', (_name, file, { mimeType }) => {
    if (mimeType === 'text/csv') file.resume();
    else fault(); // nobody reads it
  });
  form.on('close', () => answer.end('stored'));
  incoming.pipe(form);
}

const server = createServer(upload).listen(0, '127.0.0.1');
await once(server, 'listening');

function send(mimeType) {
  const head = `--edge\r\nContent-Disposition: form-data; name="f"; filename="f"\r\nContent-Type: ${mimeType}\r\n\r\n`;
  const outgoing = request({
    host: '127.0.0.1',
    port: server.address().port,
    method: 'POST',
    headers: { 'content-type': 'multipart/form-data; boundary=edge' },
  });
  outgoing.end(`${head}${'x'.repeat(FILE_BYTES)}\r\n--edge--\r\n`);
  return outgoing;
}

for (let file = 0; file < 50; file++) {
  const [answer] = await once(send('text/csv'), 'response');
  await once(answer.resume(), 'end');
  await pause(20);
}
send('image/png');
setInterval(() => {}, 1000);
