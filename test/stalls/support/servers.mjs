// Servers of others that a program of the set starts for itself, on free ports of the loopback. They end with its process group.
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdtempSync } from 'node:fs';
import { connect, createServer } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { fileURLToPath } from 'node:url';

/** Runs another program of this folder in a process of its own, without the agent. */
export function runApart(file, ...args) {
  const program = fileURLToPath(new URL(file, import.meta.url));
  return spawn(process.execPath, [program, ...args.map(String)], { stdio: 'ignore' });
}

export async function freePort() {
  const server = createServer().listen(0, '127.0.0.1');
  await once(server, 'listening');
  const { port } = server.address();
  server.close();
  await once(server, 'close');
  return port;
}

async function listens(port) {
  const socket = connect(port, '127.0.0.1');
  try {
    await once(socket, 'connect');
    return true;
  } catch {
    return false;
  } finally {
    socket.destroy();
  }
}

/** A server that can be killed, started again on the same port, and stopped without being closed. */
async function start(command, argumentsFor) {
  const port = await freePort();
  let child;
  const server = {
    port,
    async start() {
      child = spawn(command, argumentsFor(port), { stdio: 'ignore' });
      while (!(await listens(port))) await sleep(20);
    },
    async kill() {
      child.kill('SIGKILL');
      await once(child, 'exit');
    },
    /** Its connections stay, and nothing is read or answered any more. */
    stop: () => child.kill('SIGSTOP'),
    goOn: () => child.kill('SIGCONT'),
  };
  await server.start();
  return server;
}

export function startRedis() {
  return start('redis-server', (port) => [
    ...['--port', String(port), '--bind', '127.0.0.1', '--save', '', '--appendonly', 'no', '--dir', tmpdir()],
  ]);
}

export function startNats() {
  const folder = mkdtempSync(join(tmpdir(), 'stall-nats-'));
  return start('nats-server', (port) => ['-js', '-sd', folder, '-a', '127.0.0.1', '-p', String(port)]);
}

/** The protocol mock of librdkafka, which `test/support/kafka-mock.c` makes a process of. */
export async function startKafka() {
  const child = spawn('kafka-mock', { stdio: ['pipe', 'pipe', 'ignore'] });
  const [address] = await once(child.stdout, 'data');
  const tell = async (command) => {
    child.stdin.write(`${command}\n`);
    await once(child.stdout, 'data');
  };
  return {
    address: String(address).trim(),
    createTopic: (name, partitions) => tell(`topic ${name} ${partitions}`),
    /** The next so many requests of this type are refused with this code of the protocol. */
    fail: (api, count, error) => tell(`fail ${api} ${count} ${error}`),
    mend: (api) => tell(`mend ${api}`),
    down: () => tell('down'),
    up: () => tell('up'),
    stop: () => child.kill('SIGSTOP'),
  };
}

/** Takes every connection and whatever is sent, and answers only what it is told to: nothing from `silence()` on. */
export async function startHttp(answerAfterMs = 1) {
  const { createServer: createHttpServer } = await import('node:http');
  let silent = false;
  const server = createHttpServer((request, response) => {
    request.resume();
    if (!silent) setTimeout(() => response.end('{"price":1}'), answerAfterMs);
  }).listen(0, '127.0.0.1');
  await once(server, 'listening');
  return {
    url: `http://127.0.0.1:${server.address().port}/`,
    silence() {
      silent = true;
    },
  };
}
