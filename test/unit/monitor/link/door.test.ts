import { connect } from 'node:net';
import { describe, expect, test } from 'vitest';
import { eventually } from '../../../support/eventually.ts';
import { HandMadeWorker } from '../../../support/hand-made-worker.ts';
import { startLink } from './link-harness.ts';

const token = 'a-token-of-twenty-four-c';

describe('the link refuses at the door', () => {
  const statusOf = (worker: HandMadeWorker): Promise<number | undefined> =>
    new Promise((resolve) => {
      worker.socket.once('unexpected-response', (_, response) => resolve(response.statusCode));
      worker.socket.once('open', () => resolve(101));
    });

  test('a missing or wrong token', async () => {
    const link = await startLink({ token });
    const headers = { authorization: 'Bearer a-token-of-twenty-four-d' };
    expect(await statusOf(new HandMadeWorker(link.url))).toBe(401);
    expect(await statusOf(new HandMadeWorker(link.url, { headers }))).toBe(401);
    const right = new HandMadeWorker(link.url, { headers: { authorization: `Bearer ${token}` } });
    expect((await right.greet()).case).toBe('welcome');
    expect(link.count('connections-refused', 'token')).toBe(2);
  });

  test('web pages, unless their origin is listed', async () => {
    const link = await startLink({ allowedOrigins: ['https://ops.example.org'] });
    expect(await statusOf(new HandMadeWorker(link.url, { origin: 'https://evil.example' }))).toBe(403);
    expect(await statusOf(new HandMadeWorker(link.url, { origin: 'null' }))).toBe(403);
    expect(await statusOf(new HandMadeWorker(link.url, { origin: 'https://ops.example.org' }))).toBe(101);
  });

  test('another path or subprotocol', async () => {
    const link = await startLink();
    expect(await statusOf(new HandMadeWorker(link.url.replace('worker', 'other')))).toBe(404);
    expect(await statusOf(new HandMadeWorker(link.url, { protocols: ['graphql-ws'] }))).toBe(400);
    expect(await statusOf(new HandMadeWorker(link.url, { protocols: [] }))).toBe(400);
  });

  test('more connections than configured, and takes new ones when some are gone', async () => {
    const link = await startLink({ maxConnections: 2 });
    const first = await new HandMadeWorker(link.url).opened();
    await new HandMadeWorker(link.url).opened();
    expect(await statusOf(new HandMadeWorker(link.url))).toBe(503);
    first.socket.terminate();
    await eventually(() => link.link.connections === 1);
    expect(await statusOf(new HandMadeWorker(link.url))).toBe(101);
  });

  test('compression is never agreed on', async () => {
    const link = await startLink();
    const worker = await new HandMadeWorker(link.url, { perMessageDeflate: true }).opened();
    expect(worker.socket.extensions).toBe('');
  });

  test('a peer that resets while it is being refused', async () => {
    const link = await startLink({ token });
    const { port } = new URL(link.url);
    for (let round = 0; round < 20; round += 1) {
      const socket = connect(Number(port), '127.0.0.1');
      socket.on('error', () => {});
      socket.write('GET /v1/worker HTTP/1.1\r\nHost: x\r\nConnection: Upgrade\r\nUpgrade: websocket\r\n\r\n');
      socket.resetAndDestroy();
    }
    const right = new HandMadeWorker(link.url, { headers: { authorization: `Bearer ${token}` } });
    expect((await right.greet()).case).toBe('welcome');
  });
});
