import { once } from 'node:events';
import { connect, type Socket } from 'node:net';
import { describe, expect, test } from 'vitest';
import { eventually } from '../../../support/eventually.ts';
import { HandMadeWorker } from '../../../support/hand-made-worker.ts';
import { whenFinished } from '../../../support/test-end.ts';
import { startLink } from './link-harness.ts';

const upgrade = (more = ''): string =>
  `GET /v1/worker HTTP/1.1\r\nHost: x\r\nConnection: Upgrade\r\nUpgrade: websocket\r\n${more}Sec-WebSocket-Version: 13\r\n` +
  'Sec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r\nSec-WebSocket-Protocol: streamgauge.v1.proto\r\n\r\n';

/** A raw connection, and everything that comes back over it. */
async function dial(url: string): Promise<{ socket: Socket; answer: () => string; closed: Promise<unknown> }> {
  const socket = connect(Number(new URL(url).port), '127.0.0.1');
  let answer = '';
  socket.setEncoding('latin1').on('data', (chunk) => {
    answer += chunk;
  });
  socket.on('error', () => {});
  const closed = once(socket, 'close');
  whenFinished(() => void socket.destroy());
  await once(socket, 'connect');
  return { socket, answer: () => answer, closed };
}

/** A frame as a client sends it, under a mask of zeros. */
const frame = (head: number[], payload: number[] = []): Buffer => Buffer.from([...head, 0, 0, 0, 0, ...payload]);

describe('before a Hello', () => {
  test('bytes behind the request for the upgrade are refused: whoever sent them did not wait for an answer', async () => {
    const link = await startLink();
    const { socket, answer, closed } = await dial(link.url);
    socket.write(Buffer.concat([Buffer.from(upgrade()), frame([0x82, 0x80])]));
    await closed;
    expect(answer()).toMatch(/^HTTP\/1\.1 400 /);
    expect(link.count('connections-refused', 'early-bytes')).toBe(1);
  });

  test('a request that asks for two upgrades at once gets none', async () => {
    const link = await startLink();
    const { socket, answer, closed } = await dial(link.url);
    socket.write(upgrade('Upgrade: h2c\r\n'));
    await closed;
    expect(answer()).toMatch(/^HTTP\/1\.1 400 /);
  });

  test('a frame that says it is 2^40 bytes long ends its connection and takes no memory', async () => {
    const link = await startLink();
    const { socket, answer, closed } = await dial(link.url);
    socket.write(upgrade());
    await eventually(() => answer().includes('101 Switching'));
    const before = process.memoryUsage().arrayBuffers;
    socket.write(Buffer.from([0x82, 0xff, 0, 0, 1, 0, 0, 0, 0, 0, 0, 0, 0, 0]));
    await closed;
    expect(process.memoryUsage().arrayBuffers - before).toBeLessThan(16 * 2 ** 20);
    expect(link.count('frames-refused', 'too-large')).toBe(1);
  });

  test('a message in fragments of one byte ends its connection', async () => {
    const link = await startLink();
    const { socket, answer, closed } = await dial(link.url);
    socket.write(upgrade());
    await eventually(() => answer().includes('101 Switching'));
    socket.write(frame([0x02, 0x81], [1]));
    for (let fragment = 0; fragment < 200; fragment += 1) socket.write(frame([0x00, 0x81], [1]));
    await closed;
    expect(link.count('frames-refused')).toBeGreaterThan(0);
  });

  test('a frame that says it is compressed ends its connection: compression was not agreed on', async () => {
    const link = await startLink();
    const { socket, answer, closed } = await dial(link.url);
    socket.write(upgrade('Sec-WebSocket-Extensions: permessage-deflate\r\n'));
    await eventually(() => answer().includes('101 Switching'));
    expect(answer().toLowerCase()).not.toContain('sec-websocket-extensions');
    socket.write(frame([0xc2, 0x81], [1]));
    await closed;
    expect(link.count('frames-refused', 'invalid-websocket')).toBe(1);
  });

  test('five hundred that say nothing are gone at the deadline, and others are served meanwhile', async () => {
    const link = await startLink({ maxConnections: 600 });
    const silent = await Promise.all(Array.from({ length: 500 }, () => new HandMadeWorker(link.url).opened()));
    expect((await new HandMadeWorker(link.url).greet()).case).toBe('welcome');
    link.clock.advance(2100);
    expect(new Set((await Promise.all(silent.map(({ closed }) => closed))).map(({ code }) => code))).toEqual(
      new Set([4408]),
    );
    await eventually(() => link.link.connections === 1);
  });
});
