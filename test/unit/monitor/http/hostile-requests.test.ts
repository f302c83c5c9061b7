import { once } from 'node:events';
import { connect } from 'node:net';
import { gzipSync } from 'node:zlib';
import { type Monitor, startMonitor } from '@streamgauge/monitor';
import { describe, expect, test, vi } from 'vitest';
import { openTokenBook } from '../../../../monitor/src/access/token-book.ts';
import { systemClock } from '../../../../monitor/src/clock.ts';
import { resolveConfig } from '../../../../monitor/src/config/resolve.ts';
import { type HttpLimits, httpLimits } from '../../../../monitor/src/http/limits.ts';
import { createHttpServer, type HttpContext } from '../../../../monitor/src/http/server.ts';
import { silentLogger } from '../../../../monitor/src/log.ts';
import { createMemoryStore } from '../../../../monitor/src/store/memory-store.ts';
import { whenFinished } from '../../../support/test-end.ts';

async function start(settings: Parameters<typeof startMonitor>[0] = {}): Promise<Monitor> {
  const monitor = await startMonitor({ port: 0, log: 'off', ...settings });
  whenFinished(() => monitor.close());
  return monitor;
}

/** The interface with limits that a test can wait for. */
async function startImpatient(times: Partial<HttpLimits> = {}, counted: string[] = []): Promise<string> {
  const config = resolveConfig({ maxConnections: 1 });
  const clock = systemClock;
  const store = createMemoryStore({ clock });
  await store.open();
  const access = await openTokenBook({ config, clock, log: silentLogger, onRefused: () => {} });
  const progress = { worker: () => undefined };
  const context = {
    config,
    access,
    progress,
    clock,
    store,
    logger: silentLogger,
    storeFaults: () => [],
    health: { faults: () => [] },
    onSlowReader: () => {},
    metrics: { count: (name: string) => counted.push(name) },
    warnings: () => [],
  };
  const limits = { ...httpLimits, HEADERS_MS: 200, REQUEST_MS: 400, CHECK_MS: 20, EXTRA_CONNECTIONS: 299, ...times };
  const server = createHttpServer(context as unknown as HttpContext, undefined, limits);
  const url = await server.listen({ port: 0, host: '127.0.0.1' });
  whenFinished(async () => {
    access.close();
    await server.close();
  });
  return url;
}

/** Opens a connection, sends something, and tells what has come back once it is closed. */
async function send(url: string, bytes: string): Promise<string> {
  const socket = connect(Number(new URL(url).port), '127.0.0.1');
  let answer = '';
  socket.setEncoding('latin1').on('data', (chunk) => {
    answer += chunk;
  });
  socket.on('error', () => {});
  whenFinished(() => void socket.destroy());
  socket.write(bytes);
  await once(socket, 'close');
  return answer;
}

const post = (headers: string, body: string): string =>
  `POST /api/v1/workers/w/samples HTTP/1.1\r\nHost: 127.0.0.1\r\nContent-Type: application/json\r\n${headers}\r\n\r\n${body}`;

describe('a request', () => {
  test('whose length can be read in two ways is refused, and so is what comes behind it', async () => {
    const { url } = await start();
    const smuggled = 'GET /statusz HTTP/1.1\r\nHost: 127.0.0.1\r\n\r\n';
    for (const headers of [
      'Content-Length: 4\r\nTransfer-Encoding: chunked',
      'Content-Length: 4\r\nContent-Length: 5',
      'Transfer-Encoding: chunked, identity',
    ]) {
      const answer = await send(url, post(headers, `0\r\n\r\n${smuggled}`));
      expect([headers, answer.slice(0, 12)]).toEqual([headers, 'HTTP/1.1 400']);
      expect(answer).not.toContain('streamgauge monitor');
    }
  });

  test('with more headers than any needs is refused before it is whole', async () => {
    const { url } = await start();
    const many = Array.from({ length: 5000 }, (_, index) => `x-${index}: y`).join('\r\n');
    expect(await send(url, `GET /healthz HTTP/1.1\r\nHost: 127.0.0.1\r\n${many}\r\n\r\n`)).toMatch(/^HTTP\/1\.1 431 /);
  });

  test('with a compressed body is not unpacked, whatever it would become', async () => {
    const { url } = await start();
    const bomb = gzipSync(Buffer.alloc(50 * 2 ** 20, ' '));
    expect(bomb.length).toBeLessThan(httpLimits.BODY_BYTES);
    const ask = (body: Buffer) =>
      fetch(`${url}/api/v1/workers/w/samples`, {
        method: 'POST',
        headers: { 'content-type': 'application/json', 'content-encoding': 'gzip' },
        body: new Uint8Array(body),
      });
    expect((await ask(bomb)).status).toBe(400);
    // Of one that would become a good request the same is true; as it is, it is asked about a worker that is not there.
    const good = Buffer.from('{"kind":"cpu"}');
    expect([(await ask(gzipSync(good))).status, (await ask(good)).status]).toEqual([400, 404]);
    expect((await ask(Buffer.alloc(httpLimits.BODY_BYTES + 1))).status).toBeGreaterThanOrEqual(400);
  });

  test.each([
    ['a key that reaches a prototype', '{"kind":"cpu","__proto__":{"durationMs":1}}'],
    ['a constructor', '{"kind":"cpu","constructor":{"prototype":{"x":1}}}'],
    ['deep nesting', `${'['.repeat(10_000)}${']'.repeat(10_000)}`],
    ['a number beyond all', '{"kind":"cpu","durationMs":1e400}'],
    ['half a character', '{"kind":"\\ud800"}'],
    ['many keys', `{${Array.from({ length: 5000 }, (_, index) => `"k${index}":0`).join()}}`],
  ])('with %s in its body is a 400 and leaves no trace', async (_, body) => {
    const { url } = await start();
    const startMs = performance.now();
    const headers = { 'content-type': 'application/json' };
    const answer = await fetch(`${url}/api/v1/workers/w/samples`, { method: 'POST', headers, body });
    expect(answer.status).toBe(400);
    expect(performance.now() - startMs).toBeLessThan(2000);
    expect(({} as Record<string, unknown>).durationMs).toBeUndefined();
    expect(({} as Record<string, unknown>).x).toBeUndefined();
  });

  test('is from where its connection comes from, whatever X-Forwarded-For and its kin say', async () => {
    const { url } = await start({ token: 'a-token-of-16-chars' });
    const ask = (token: string, client: string) =>
      fetch(`${url}/api/v1/jobs`, {
        headers: {
          authorization: `Bearer ${token}`,
          'x-forwarded-for': client,
          'x-real-ip': client,
          forwarded: `for=${client};host=127.0.0.1;proto=https`,
        },
      });
    for (let attempt = 0; attempt < 20; attempt += 1) await ask('a-token-of-16-charz', `10.0.0.${attempt}`);
    expect((await ask('a-token-of-16-charz', '10.0.0.99')).status).toBe(429);
  });

  test('for a name that was rebound to this address is not saved by X-Forwarded-Host', async () => {
    const { url } = await start();
    const forged =
      'GET /api/v1/jobs HTTP/1.1\r\nHost: evil.example\r\nX-Forwarded-Host: 127.0.0.1\r\nConnection: close\r\n\r\n';
    expect(await send(url, forged)).toMatch(/^HTTP\/1\.1 403 /);
  });
});

describe('a client that takes its time', () => {
  test('is cut off in the middle of its headers and of its body', async () => {
    const url = await startImpatient();
    const startMs = performance.now();
    expect(await send(url, 'GET /healthz HTTP/1.1\r\nHost: 127.0.0.1\r\nx-slow: ')).toMatch(/^HTTP\/1\.1 408 /);
    expect(await send(url, post('Content-Length: 100', '{"kind":'))).toMatch(/^HTTP\/1\.1 408 /);
    expect(performance.now() - startMs).toBeLessThan(5000);
  });

  test('takes no more connections than there are for all, and others come in once it is gone', async () => {
    const counted: string[] = [];
    const url = await startImpatient({ HEADERS_MS: 60_000, REQUEST_MS: 60_000 }, counted);
    const before = process.memoryUsage().heapUsed;
    let dropped = 0;
    const sockets = Array.from({ length: 500 }, () => {
      const socket = connect(Number(new URL(url).port), '127.0.0.1');
      socket
        .on('error', () => {})
        .once('close', () => {
          dropped += 1;
        });
      socket.write('GET /healthz HTTP/1.1\r\nHo');
      return socket;
    });
    await vi.waitFor(() => expect(dropped).toBe(200), 10_000);
    expect(counted).toEqual(Array(200).fill('streamgauge.monitor.connections.dropped'));
    expect(process.memoryUsage().heapUsed - before).toBeLessThan(64 * 2 ** 20);
    for (const socket of sockets) socket.destroy();
    await vi.waitFor(async () => expect((await fetch(`${url}/healthz`)).status).toBe(200), 5000);
  });
});
