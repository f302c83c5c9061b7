import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { Agent, createServer as createHttpServer, get, type IncomingMessage } from 'node:http';
import { connect as connectHttp2, createServer as createHttp2Server } from 'node:http2';
import { connect, createServer, type Server, Socket } from 'node:net';
import { connect as connectTls, createServer as createTlsServer } from 'node:tls';
import { Worker } from 'node:worker_threads';
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import { ChildBook } from '../../../../agent/src/connection/child-book.ts';
import { ConnectionBook } from '../../../../agent/src/connection/connection-book.ts';
import { type ConnectionFacts, connectionFacts } from '../../../../agent/src/connection/connection-facts.ts';
import { hookConnections } from '../../../../agent/src/connection/hooks.ts';
import { peerOf } from '../../../../agent/src/connection/peer-name.ts';
import { hookThreads, ThreadBook } from '../../../../agent/src/connection/thread-book.ts';
import { httpAgents } from '../../../../agent/src/pool/http-agents.ts';
import { hookChildProcess } from '../../../../agent/src/process/child-process.ts';
import { Patches } from '../../../../agent/src/stream/patch.ts';

const clock = new Float64Array(1);
const undo: (() => void)[] = [];
let patches: Patches;
let book: ConnectionBook;
let children: ChildBook;
let threads: ThreadBook;

beforeEach(() => {
  clock[0] = 1000;
  patches = new Patches();
  book = new ConnectionBook(() => clock[0] as number);
  children = new ChildBook(() => clock[0] as number);
  threads = new ThreadBook(() => clock[0] as number);
  hookThreads(patches, threads, clock, (error) => {
    throw error;
  });
  hookChildProcess(patches, children, (error) => {
    throw error;
  });
  hookConnections(patches, book, clock, (error) => {
    throw error;
  });
});

afterEach(() => {
  for (const step of undo.splice(0)) step();
  patches.restore();
});

/** A server that is closed after the test; gives its port. */
async function listening(server: Server): Promise<number> {
  undo.push(() => server.close());
  await once(server.listen(0, '127.0.0.1'), 'listening');
  return (server.address() as { port: number }).port;
}

/** A client that is destroyed after the test. */
function client<T extends Socket>(socket: T): T {
  undo.push(() => socket.destroy());
  return socket.on('error', () => undefined);
}

/** The one connection to this port. */
function factsOf(port: number): ConnectionFacts | undefined {
  const found = connectionFacts(book, children, threads, clock[0] as number).filter(({ peer }) =>
    peer.endsWith(`:${port}`),
  );
  expect(found.length).toBeLessThanOrEqual(1);
  return found[0];
}

describe('a connection that the program has asked for', () => {
  it('owes an answer from the first write on that nothing was read after', async () => {
    let echo = true;
    const port = await listening(createServer((peer) => peer.on('data', (chunk) => echo && peer.write(chunk))));
    const socket = client(connect(port, '127.0.0.1'));
    await once(socket, 'connect');
    expect(factsOf(port)).toMatchObject({
      followed: true,
      owedMs: 0,
      wroteMs: 0,
      readMs: 0,
      answers: 0,
      connectingMs: 0,
    });
    socket.write('one');
    clock[0] = 1040;
    await once(socket, 'data');
    expect(factsOf(port)).toMatchObject({ owedMs: 0, answers: 1, usualMs: 40, wroteMs: 40, readMs: 1, bytesRead: 3 });
    echo = false;
    socket.write('two');
    clock[0] = 2000;
    socket.write('three');
    clock[0] = 3000;
    expect(factsOf(port)).toMatchObject({ owedMs: 1960, wroteMs: 1000, readMs: 1960, answers: 1, bytesWritten: 11 });
  });

  it('tells the same when it is encrypted', async () => {
    const key = Buffer.from('0123456789abcdef');
    const psk = { ciphers: 'PSK', maxVersion: 'TLSv1.2' as const };
    const server = createTlsServer({ ...psk, pskCallback: () => key }, (peer) =>
      peer.once('data', () => peer.write('x')),
    );
    const port = await listening(server);
    const socket = client(
      connectTls({
        ...psk,
        port,
        host: '127.0.0.1',
        pskCallback: () => ({ psk: key, identity: 'me' }),
        checkServerIdentity: () => undefined,
      }),
    );
    await once(socket, 'secureConnect');
    socket.write('one');
    await once(socket, 'data');
    socket.write('two');
    clock[0] = 1500;
    expect(factsOf(port)).toMatchObject({ tls: true, owedMs: 500, answers: 1 });
  });

  const tellsOfHttp2 = Number.parseInt(process.versions.node, 10) >= 22;
  if (!tellsOfHttp2) console.warn('skipped: requests of HTTP/2, because Node.js tells of them from version 22 on');
  it.runIf(tellsOfHttp2)('owes an answer to a request of HTTP/2', async () => {
    let answers = true;
    const server = createHttp2Server();
    server.on('stream', (stream) => answers && stream.respond({ ':status': 200 }, { endStream: true }));
    const port = await listening(server);
    const session = connectHttp2(`http://127.0.0.1:${port}`);
    undo.push(() => session.destroy());
    await once(session.request({ ':path': '/' }), 'close');
    clock[0] = 3000;
    expect(factsOf(port)).toMatchObject({ followed: true, owedMs: 0, requests: 0 });
    answers = false;
    session.request({ ':path': '/' }).on('error', () => undefined);
    await vi.waitFor(() => expect(factsOf(port)).toMatchObject({ requests: 1, owedMs: 1 }));
    clock[0] = 5000;
    expect(factsOf(port)).toMatchObject({ owedMs: 2000, wroteMs: 2000 });
  });

  it('is not among them when it was accepted', async () => {
    const port = await listening(createServer((peer) => peer.write('hello')));
    const socket = client(connect(port, '127.0.0.1'));
    await once(socket, 'data');
    expect(connectionFacts(book, children, threads, 1000)).toHaveLength(1);
    expect(factsOf(port)).toMatchObject({ owedMs: 0, answers: 0 });
  });

  it('owes nothing more, and has answered nothing, when its peer has said that it is done', async () => {
    const port = await listening(createServer({ allowHalfOpen: true }, (peer) => peer.once('data', () => peer.end())));
    const socket = client(connect({ port, host: '127.0.0.1', allowHalfOpen: true }));
    socket.write('one');
    await once(socket.resume(), 'end');
    clock[0] = 3000;
    expect(factsOf(port)).toMatchObject({ owedMs: 0, answers: 0, readMs: 0 });
    socket.destroy();
    expect(factsOf(port)).toBeUndefined();
    expect(book.open()).toEqual([]);
  });

  it('is not known when it was there before', async () => {
    patches.restore();
    const port = await listening(createServer());
    const socket = client(connect(port, '127.0.0.1'));
    await once(socket, 'connect');
    socket.write('one');
    expect(factsOf(port)).toMatchObject({ followed: false, owedMs: 0, openMs: 0 });
  });

  it('shows nothing of it to whoever looks through it', async () => {
    const port = await listening(createServer());
    const socket = client(connect(port, '127.0.0.1'));
    await once(socket, 'connect');
    expect(
      Object.keys(socket)
        .concat(
          Object.getOwnPropertySymbols(socket)
            .filter((symbol) => Object.prototype.propertyIsEnumerable.call(socket, symbol))
            .map(String),
        )
        .join(),
    ).not.toContain('streamgauge');
  });

  it('has been connecting since it was asked for', () => {
    // Its name is never found.
    client(connect({ port: 5432, host: 'db.internal', lookup: () => undefined }));
    clock[0] = 4000;
    const [facts] = connectionFacts(book, children, threads, 4000);
    expect(facts).toMatchObject({ peer: 'db.internal:5432', connectingMs: 3000 });
  });

  it('counts the attempts that fail, until the peer is heard of', async () => {
    const server = createServer((peer) => peer.end('x'));
    const port = await listening(server);
    await new Promise((resolve) => server.close(resolve));
    for (const atMs of [1000, 1500, 2000]) {
      clock[0] = atMs;
      await new Promise((resolve) => client(connect(port, '127.0.0.1')).once('close', resolve));
    }
    expect(factsOf(port)).toMatchObject({
      failures: 3,
      failingMs: 1000,
      failure: 'ECONNREFUSED',
      peer: `127.0.0.1:${port}`,
    });
    await once(server.listen(port, '127.0.0.1'), 'listening');
    const socket = client(connect(port, '127.0.0.1'));
    await once(socket, 'connect');
    socket.write('x');
    await once(socket, 'data');
    expect(connectionFacts(book, children, threads, 2000).filter(({ failures }) => failures > 0)).toEqual([]);
  });

  it('holds a response that nobody reads, and lets requests wait behind it', async () => {
    const server = createHttpServer((_request, response) => response.end('x'.repeat(1_000_000)));
    const port = await listening(server);
    const agent = new Agent({ maxSockets: 1, keepAlive: true });
    undo.push(
      () => agent.destroy(),
      () => server.closeAllConnections(),
    );
    const asked = (): ReturnType<typeof get> => get({ port, host: '127.0.0.1', agent }).on('error', () => undefined);
    const first = asked();
    expect(httpAgents(book.open())).toEqual([]);
    const [response] = (await once(first, 'response')) as [IncomingMessage];
    asked();
    await vi.waitFor(() => expect(factsOf(port)).toMatchObject({ requests: 1, unread: 1, owedMs: 0 }));
    expect(httpAgents(book.open())).toMatchObject([{ kind: 'http.Agent', size: 1, inUse: 1, waiting: 1, owed: 0 }]);
    response.resume();
    await vi.waitFor(() => expect(httpAgents(book.open())).toEqual([]));
  });
});

describe('a child process', () => {
  const kept = (command: string, stdio: 'pipe'[] = ['pipe', 'pipe', 'pipe']) => {
    const child = spawn('/bin/sh', ['-c', command], { stdio });
    undo.push(() => child.kill('SIGKILL'));
    child.stdin?.on('error', () => undefined);
    return child;
  };
  const facts = () =>
    connectionFacts(book, children, threads, clock[0] as number).find(({ peer }) => peer.startsWith('child sh (pid '));

  it('owes what it was asked for on its input until it prints something', async () => {
    const child = kept('read one; echo $one; read two; sleep 60');
    expect(facts()).toMatchObject({ owedMs: 0, unread: 0 });
    child.stdin?.write('one\n');
    await once(child.stdout as NodeJS.ReadableStream, 'data');
    expect(facts()).toMatchObject({ owedMs: 0, answers: 1 });
    child.stdin?.write('two\n');
    clock[0] = 3000;
    expect(facts()).toMatchObject({ owedMs: 2000, answers: 1 });
    // Its ends are not told besides.
    expect(connectionFacts(book, children, threads, 3000)).toHaveLength(1);
  });

  it('has printed what nobody reads, and does not take what is written to it', async () => {
    const child = kept('echo one; sleep 60');
    child.stdin?.write(Buffer.alloc(1_000_000));
    await vi.waitFor(() => expect(facts()).toMatchObject({ unread: 1, requests: 1 }));
    expect(facts()?.unsentBytes).toBeGreaterThan(0);
    child.kill('SIGKILL');
    await once(child, 'exit');
    // What it had printed was its answer.
    expect(facts()).toBeUndefined();
  });

  const forked = () => {
    const answers = `process.on('message', (m) => (m < 2 ? process.send(m) : m < 3 ? 0 : process.exit(m - 3)));`;
    const stdio: 'ignore'[] = ['ignore', 'ignore', 'ignore'];
    const child = spawn(process.execPath, ['-e', answers], { stdio: [...stdio, 'ipc'] });
    undo.push(() => child.kill('SIGKILL'));
    return child;
  };
  const ofNode = () =>
    connectionFacts(book, children, threads, clock[0] as number).find(({ peer }) => peer.startsWith('child node'));

  it('owes an answer to a message, also when it has ended instead', async () => {
    const child = forked();
    child.send(1);
    clock[0] = 1040;
    await once(child, 'message');
    expect(ofNode()).toMatchObject({ owedMs: 0, answers: 1, usualMs: 40 });
    child.send(2);
    clock[0] = 2040;
    expect(ofNode()).toMatchObject({ owedMs: 1000, failures: 0 });
    child.kill('SIGKILL');
    await once(child, 'exit');
    clock[0] = 3040;
    expect(ofNode()).toMatchObject({ owedMs: 2000, failures: 1, failingMs: 1000, failure: 'SIGKILL', answers: 1 });
    expect(ofNode()?.peer).toBe(`child node (pid ${child.pid})`);
  });

  it('owes nothing when it has ended well and was only given its input', async () => {
    const child = kept('cat > /dev/null');
    child.stdin?.end('one');
    await once(child, 'exit');
    const bad = kept('cat > /dev/null; exit 3');
    bad.stdin?.end('one');
    await once(bad, 'exit');
    const ended = connectionFacts(book, children, threads, 1000).filter(({ failures }) => failures > 0);
    expect(ended.map(({ failure }) => failure)).toEqual(['exit code 3']);
  });
});

it('an accepted connection is told of when its peer does not take what was written', async () => {
  let accepted: Socket | undefined;
  const server = createServer((peer) => {
    accepted = client(peer);
  });
  const port = await listening(server);
  const socket = client(connect(port, '127.0.0.1')).pause();
  await once(socket, 'connect');
  await vi.waitFor(() => expect(accepted).toBeDefined());
  const peerPort = socket.localPort;
  accepted?.write('a little');
  await vi.waitFor(() => expect(accepted?.writableLength).toBe(0));
  expect(factsOf(peerPort as number)).toBeUndefined();
  clock[0] = 2000;
  accepted?.write(Buffer.alloc(8_000_000));
  clock[0] = 3500;
  await vi.waitFor(() =>
    expect(factsOf(peerPort as number)).toMatchObject({ accepted: true, followed: true, wroteMs: 1500, owedMs: 0 }),
  );
  expect(factsOf(peerPort as number)?.unsentBytes).toBeGreaterThan(0);
});

it('takes everything back', () => {
  const before = Object.getOwnPropertyNames(Socket.prototype);
  expect(before).toContain('push');
  const { connect: hooked } = Socket.prototype;
  patches.restore();
  expect(Object.getOwnPropertyNames(Socket.prototype)).not.toContain('push');
  expect(Socket.prototype.connect).not.toBe(hooked);
});

it.each([
  [[5432, 'db.internal'], 'db.internal:5432'],
  [['5432'], 'localhost:5432'],
  [[{ port: 80, host: '::1' }, () => undefined], '[::1]:80'],
  [[[{ port: 443, host: 'api.example', path: '' }, null]], 'api.example:443'],
  [['/var/run/secret.sock'], 'local socket'],
  [[{ path: '/var/run/secret.sock', host: 'x', port: 1 }], 'local socket'],
])('names whom %j asks for %s, and never a path', (connectArguments, peer) => {
  expect(peerOf(connectArguments)).toBe(peer);
});

describe('a worker thread', () => {
  it('owes an answer from the first message that it has not answered, and nothing once it has ended', async () => {
    const echo =
      "const { parentPort: port } = require('node:worker_threads'); port.on('message', (m) => m && port.postMessage(m));";
    const worker = new Worker(echo, { eval: true });
    undo.push(() => worker.terminate());
    const mine = () => connectionFacts(book, children, threads, clock[0] as number).find(({ thread }) => thread !== 0);
    await once(worker, 'online');
    expect(mine()).toMatchObject({ peer: `worker thread ${worker.threadId}`, owedMs: 0, answers: 0 });
    worker.postMessage('a');
    clock[0] = 1040;
    await once(worker, 'message');
    expect(mine()).toMatchObject({ owedMs: 0, answers: 1, usualMs: 40 });
    worker.postMessage(0);
    clock[0] = 1540;
    worker.postMessage(0);
    clock[0] = 2040;
    expect(mine()).toMatchObject({ owedMs: 1000, wroteMs: 500, readMs: 1000 });
    await worker.terminate();
    expect(mine()).toBeUndefined();
    patches.restore();
    expect(Object.hasOwn(Worker.prototype, 'emit')).toBe(false);
  });
});
