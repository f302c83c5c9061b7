import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { type AddressInfo, connect, type Socket } from 'node:net';
import { setTimeout as sleep } from 'node:timers/promises';
import { fileURLToPath } from 'node:url';
import { create, decodeWorkerMessage, encodeMonitorMessage, MonitorMessageSchema } from '@streamgauge/proto';
import { WebSocketServer } from 'ws';

const CLI = fileURLToPath(new URL('../../dist/cli/main.js', import.meta.url));
/** Says where it listens, and is then stopped: the kernel goes on to answer for it. */
const LISTENER = `require('node:net').createServer().listen({ port: 0, host: '127.0.0.1', backlog: 1 }, function () {
  console.log(this.address().port);
});`;
/** How long a connection on this machine may take before nobody answers at all. */
const CONNECT_MS = 1000;
const MOST_HELD = 16;
const HEARTBEAT_MS = 1000;

/** A monitor, or what a worker meets in its place. */
export interface Counterpart {
  /** What the worker dials. */
  readonly url: string;
  end(): Promise<void>;
}

/** A monitor that does its work. */
export async function goodMonitor(): Promise<Counterpart> {
  const child = spawn(process.execPath, [CLI, 'monitor', '--port', '0'], {
    env: { ...process.env, STREAMGAUGE_LOG: 'error' },
    stdio: ['ignore', 'pipe', 'inherit'],
  });
  const url = /http:\/\/\S+/.exec(await firstText(child))?.[0] ?? '';
  return { url: url.replace(/^http/, 'ws'), end: () => kill(child) };
}

/** Nobody listens there: the port for discarding, which needs rights to be taken. */
export async function absentMonitor(): Promise<Counterpart> {
  return { url: 'ws://127.0.0.1:9', end: async () => {} };
}

/** A process that is stopped: the kernel takes the connection, and nothing is ever answered. */
export async function stoppedMonitor(): Promise<Counterpart> {
  const child = spawn(process.execPath, ['-e', LISTENER], { stdio: ['ignore', 'pipe', 'inherit'] });
  const port = Number(await firstText(child));
  child.kill('SIGSTOP');
  return { url: `ws://127.0.0.1:${port}`, end: () => kill(child) };
}

/** Packets that go nowhere: of a stopped process, the queue of connections is full, and Linux drops further ones unanswered. */
export async function blackHole(): Promise<Counterpart> {
  const { url, end } = await stoppedMonitor();
  const port = Number(new URL(url).port);
  const held: Socket[] = [];
  while (held.length < MOST_HELD) {
    const socket = connect(port, '127.0.0.1');
    socket.on('error', () => {});
    held.push(socket);
    if ((await Promise.race([once(socket, 'connect'), sleep(CONNECT_MS)])) === undefined) break;
  }
  return {
    url,
    end: async () => {
      for (const socket of held) socket.destroy();
      await end();
    },
  };
}

/** Welcomes a worker, says again and again that it lives, asks for as many reports as there can be, and reads none of them. */
export async function unreadingMonitor(): Promise<Counterpart> {
  const server = new WebSocketServer({ host: '127.0.0.1', port: 0, handleProtocols: ([first]) => first ?? false });
  await once(server, 'listening');
  server.on('connection', (socket) => {
    const tell = (body: object): void =>
      socket.send(encodeMonitorMessage(create(MonitorMessageSchema, { body: body as never })));
    socket.on('error', () => {});
    socket.on('message', (data) => {
      if (decodeWorkerMessage(data as Buffer).body.case !== 'hello') return;
      const settings = { reportIntervalMillis: 100 };
      tell({ case: 'welcome', value: { protocolVersion: 1, heartbeatPeriodMillis: 2 * HEARTBEAT_MS, settings } });
      socket.pause();
      const beat = setInterval(
        () => tell({ case: 'heartbeat', value: { periodMillis: 2 * HEARTBEAT_MS } }),
        HEARTBEAT_MS,
      );
      socket.once('close', () => clearInterval(beat));
    });
  });
  return {
    url: `ws://127.0.0.1:${(server.address() as AddressInfo).port}`,
    end: async () => {
      for (const client of server.clients) client.terminate();
      server.close();
    },
  };
}

async function firstText({ stdout }: ChildProcess): Promise<string> {
  const [text] = (await once(stdout as NodeJS.ReadableStream, 'data')) as [Buffer];
  return text.toString();
}

async function kill(child: ChildProcess): Promise<void> {
  const gone = once(child, 'exit');
  child.kill('SIGKILL');
  await gone;
}
