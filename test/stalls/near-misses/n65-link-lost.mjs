// A second worker reaches the monitor through a proxy, which drops every connection and takes no new one for three seconds.
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { connect, createServer } from 'node:net';
import { pipeline } from 'node:stream/promises';
import { fileURLToPath } from 'node:url';
import { Orders, Store, stayAlive, watch } from '../support/orders.mjs';

const behindProxy = process.argv[2] === 'behind';

async function startProxy({ hostname, port }) {
  const connections = new Set();
  let open = true;
  const proxy = createServer((inner) => {
    if (!open) return inner.destroy();
    const outer = connect(Number(port), hostname);
    for (const [one, other] of [
      [inner, outer],
      [outer, inner],
    ]) {
      connections.add(one);
      one.on('data', (bytes) => other.write(bytes));
      one.on('error', () => {});
      one.on('close', () => other.destroy());
    }
  }).listen(0, '127.0.0.1');
  await once(proxy, 'listening');
  setTimeout(() => {
    watch();
    open = false;
    for (const socket of connections) socket.destroy();
  }, 4000);
  setTimeout(() => {
    open = true;
  }, 7000);
  return proxy.address().port;
}

if (!behindProxy) {
  const port = await startProxy(new URL(process.env.STREAMGAUGE_MONITOR_URL));
  const url = `ws://127.0.0.1:${port}`;
  const env = { ...process.env, STREAMGAUGE_MONITOR_URL: url, STREAMGAUGE_WORKER: 'behind the proxy' };
  spawn(process.execPath, [...process.execArgv, fileURLToPath(import.meta.url), 'behind'], { stdio: 'ignore', env });
}
stayAlive();
await pipeline(new Orders(), new Store());
