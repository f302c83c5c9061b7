/**
 * One process of a pipeline over Redis Streams: orders -> bill -> invoices -> book.
 *
 * usage: node redis-streams.mjs <producer|stage|sink> <port> <ioredis|node-redis>
 * A line on stdin changes what it does: "hang" lets the handler wait from the next message on, "pause" stops to read, "go on" ends both.
 */
import { createInterface } from 'node:readline';
import { setTimeout as sleep } from 'node:timers/promises';

const [role, port, library] = process.argv.slice(2);
const told = { hang: false, pause: false };
const waiting = [];
createInterface({ input: process.stdin }).on('line', (line) => {
  if (line === 'go on') {
    told.hang = told.pause = false;
    for (const goOn of waiting.splice(0)) goOn();
  } else told[line] = true;
});

const send = library === 'ioredis' ? await overIoredis() : await overNodeRedis();

async function overIoredis() {
  const { Redis } = await import('ioredis');
  const options = { port: Number(port), host: '127.0.0.1', maxRetriesPerRequest: null };
  const [reader, writer] = [new Redis(options), new Redis(options)];
  for (const client of [reader, writer]) client.on('error', () => {});
  return (name, ...rest) => (name === 'XREADGROUP' ? reader : writer).call(name, ...rest);
}

async function overNodeRedis() {
  const { createClient } = await import('redis');
  const url = `redis://127.0.0.1:${port}`;
  const [reader, writer] = [createClient({ url }), createClient({ url })];
  for (const client of [reader, writer]) client.on('error', () => {});
  await Promise.all([reader.connect(), writer.connect()]);
  return (name, ...rest) => (name === 'XREADGROUP' ? reader : writer).sendCommand([name, ...rest.map(String)]);
}

async function produce() {
  for (let number = 0; ; number++) {
    await sleep(20);
    await send('XADD', 'orders', '*', 'number', number).catch(() => {});
  }
}

async function consume(stream, group, handle) {
  await send('XGROUP', 'CREATE', stream, group, '0', 'MKSTREAM').catch(() => {});
  for (;;) {
    if (told.pause) {
      await sleep(100);
      continue;
    }
    const answer = await send(
      'XREADGROUP',
      'GROUP',
      group,
      'one',
      'COUNT',
      5,
      'BLOCK',
      1000,
      'STREAMS',
      stream,
      '>',
    ).catch(() => sleep(100).then(() => null));
    for (const id of idsIn(answer)) {
      await handle(id);
      await send('XACK', stream, group, id).catch(() => {});
    }
  }
}

/** An answer names one stream, as a pair, a flat list or an object. */
function idsIn(answer) {
  if (answer === null) return [];
  if (!Array.isArray(answer)) return Object.values(answer)[0].map(([id]) => id);
  const entries = typeof answer[0] === 'string' ? answer[1] : answer[0][1];
  return entries.map(([id]) => id);
}

async function bill(id) {
  // Somebody holds the other end, as a pool or a pending request would.
  if (told.hang) await new Promise((resolve) => waiting.push(resolve));
  // A command whose answer is lost with the server is refused: without this, the module ends with it.
  await send('XADD', 'invoices', '*', 'order', id).catch(() => {});
}

async function book() {
  await sleep(2);
}

if (role === 'producer') await produce();
else if (role === 'stage') await consume('orders', 'billing', bill);
else await consume('invoices', 'ledger', book);
