import { once } from 'node:events';
import { type AddressInfo, connect } from 'node:net';
import fastify from 'fastify';
import { expect, onTestFinished, test } from 'vitest';
import { anybody, type Principal, stranger } from '../../../../monitor/src/access/principal.ts';
import { httpLimits } from '../../../../monitor/src/http/limits.ts';
import { cutSlowReaders } from '../../../../monitor/src/http/slow-readers.ts';
import { eventually } from '../../../support/eventually.ts';
import { FakeClock } from '../../../support/fake-clock.ts';

/** More than the kernels of both sides keep for a connection. */
const LARGE = 'x'.repeat(24 * 2 ** 20);

async function serve() {
  const clock = new FakeClock();
  const cut: string[] = [];
  const server = fastify();
  server.decorateRequest<Principal | null>('principal', null);
  server.addHook('onRequest', async (request) => {
    request.principal = request.headers.authorization === undefined ? stranger : anybody;
  });
  cutSlowReaders(server, clock, httpLimits.ANSWER_MS, (request, mayRead) =>
    cut.push(mayRead ? request : `${request} of a stranger`),
  );
  server.get('/large/:name', async () => LARGE);
  server.get('/small', async () => 'small');
  await server.listen({ host: '127.0.0.1', port: 0 });
  onTestFinished(() => server.close());
  const { port } = server.server.address() as AddressInfo;
  return { clock, cut, port, url: `http://127.0.0.1:${port}` };
}

test('a reader that does not take its answer is cut off at the deadline, however seldom it reads, and others are served', async () => {
  const { clock, cut, port, url } = await serve();
  const slow = connect(port, '127.0.0.1');
  onTestFinished(() => void slow.destroy());
  const closed = once(slow, 'close');
  slow.on('error', () => {});
  const unknown = connect(port, '127.0.0.1');
  onTestFinished(() => void unknown.destroy());
  unknown.on('error', () => {});
  unknown.write('GET /large/a HTTP/1.1\r\nhost: x\r\n\r\n');
  await once(unknown, 'readable');
  slow.write('GET /large/a HTTP/1.1\r\nhost: x\r\nauthorization: x\r\n\r\n');
  await once(slow, 'readable');
  // A little now and then is not taking it.
  for (let passedMs = 0; passedMs + 1000 < httpLimits.ANSWER_MS; passedMs += 1000) {
    slow.read(1);
    clock.advance(1000);
  }
  expect(cut).toEqual([]);
  expect(await (await fetch(`${url}/small`)).text()).toBe('small');
  clock.advance(1000);
  expect(cut.sort()).toEqual(['GET /large/:name', 'GET /large/:name of a stranger']);
  unknown.destroy();
  slow.resume();
  await closed;
  expect(clock.timers).toBe(0);
});

test('who takes an answer has no deadline afterwards, on a connection that stays open as well', async () => {
  const { clock, cut, url } = await serve();
  expect((await (await fetch(`${url}/large/a`)).text()).length).toBe(LARGE.length);
  await (await fetch(`${url}/small`)).text();
  await eventually(() => clock.timers === 0);
  clock.advance(httpLimits.ANSWER_MS);
  expect(cut).toEqual([]);
});
