import { createConnection, createServer } from 'node:net';
import { whenFinished } from '../../support/test-end.ts';
import { type Launched, launch } from './launch.ts';
import { until } from './until.ts';

/** A free port of this machine; another program may take it before it is used, which fails the test with a clear message. */
export async function freePort(): Promise<number> {
  const server = createServer();
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const address = server.address();
  await new Promise((resolve) => server.close(resolve));
  if (address === null || typeof address === 'string') throw new Error('The system gave no port.');
  return address.port;
}

/** Starts a server of others and waits until it listens; inside a test only. */
export async function startServer(file: string, args: readonly string[], port: number): Promise<Launched> {
  const server = launch(file, args);
  whenFinished(() => server.kill());
  await until(`${file} listens on port ${port}`, 10_000, async () => ((await listens(port)) ? true : undefined));
  return server;
}

function listens(port: number): Promise<boolean> {
  return new Promise((resolve) => {
    const socket = createConnection({ host: '127.0.0.1', port });
    socket.once('connect', () => {
      socket.destroy();
      resolve(true);
    });
    socket.once('error', () => resolve(false));
  });
}
