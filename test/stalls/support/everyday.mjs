// What goes on in any worker that is well: a timer, a listener for the end, a server that is asked for its health, a connection
// that is only written to, and a promise that is pending for good. None of it has to do with what goes wrong.
import { once } from 'node:events';
import { createServer, get } from 'node:http';
import { connect, createServer as createTcpServer } from 'node:net';

const HEALTH_EVERY_MS = 250;
const FIGURES_EVERY_MS = 100;

/** Begins all of it. */
export async function everyday() {
  const health = createServer((_request, response) => response.end('ok')).listen(0, '127.0.0.1');
  const figures = createTcpServer((socket) => socket.resume()).listen(0, '127.0.0.1');
  await Promise.all([once(health, 'listening'), once(figures, 'listening')]);
  setInterval(
    () => get({ port: health.address().port, host: '127.0.0.1' }, (answer) => answer.resume()),
    HEALTH_EVERY_MS,
  );
  const socket = connect(figures.address().port, '127.0.0.1');
  setInterval(() => socket.write(`resident:${process.memoryUsage.rss()}|g\n`), FIGURES_EVERY_MS);
  void endInOrder();
}

async function endInOrder() {
  await once(process, 'SIGTERM');
  process.exit(0);
}
