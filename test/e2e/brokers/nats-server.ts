import { createServer } from 'node:net';
import { temporaryFolder } from '../../support/temporary-folder.ts';
import { type Launched, launch } from '../harness/launch.ts';
import { until } from '../harness/until.ts';

/** Starts a NATS server with JetStream on a free port of the loopback; inside a test only. */
export async function startNatsServer(path: string): Promise<{ readonly port: number; readonly process: Launched }> {
  const port = await freePort();
  const folder = temporaryFolder();
  const server = launch(path, ['-js', '-sd', folder, '-a', '127.0.0.1', '-p', String(port)]);
  await until('the NATS server is ready', 10_000, () => (/Server is ready/.test(server.stderr()) ? true : undefined));
  return { port, process: server };
}

async function freePort(): Promise<number> {
  const server = createServer();
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const address = server.address();
  await new Promise((resolve) => server.close(resolve));
  return typeof address === 'object' && address !== null ? address.port : 0;
}
