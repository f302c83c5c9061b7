import { connect } from 'node:net';
import { Topic } from '@streamgauge/proto';
import { afterEach, describe, expect, test } from 'vitest';
import { createMemoryStore } from '../../../../monitor/src/store/memory-store.ts';
import type { Store } from '../../../../monitor/src/store/store.ts';
import { eventually, HandMadeWorker, type LinkUnderTest, ManualClock, startLink } from './link-harness.ts';

const token = 'a-token-of-twenty-four-c';

describe('the link', () => {
  const running: LinkUnderTest[] = [];
  afterEach(async () => {
    for (const link of running.splice(0)) await link.close();
  });
  const start = async (...args: Parameters<typeof startLink>): Promise<LinkUnderTest> => {
    const link = await startLink(...args);
    running.push(link);
    return link;
  };

  describe.each([
    { form: 'binary', json: false },
    { form: 'JSON', json: true },
  ])('in $form form', ({ json }) => {
    test('a worker is welcomed, reports, and has its events stored before they are acknowledged', async () => {
      const link = await start({ reportIntervalMs: 500, loopBlockedMs: 700 });
      const worker = new HandMadeWorker(link.url, { json });
      const welcome = await worker.greet();
      expect(welcome).toMatchObject({
        case: 'welcome',
        value: {
          protocolVersion: 1,
          settings: { reportIntervalMillis: 500, markerIntervalMillis: 1000, loopBlockedMillis: 700 },
          offsets: [],
          heartbeatPeriodMillis: 5000,
        },
      });
      worker.report(1);
      worker.event(1);
      worker.event(2);
      const acknowledged = (number: bigint) => () =>
        worker.received.some(
          ({ body }) =>
            body.case === 'acknowledgement' && body.value.offsets.some((offset) => offset.number === number),
        );
      await eventually(acknowledged(2n));
      expect(link.core.calls).toEqual(['connected w1 s1', 'report w1 1', 'event w1 3 1', 'event w1 3 2']);
      expect(await link.store.readLog(0, 10)).toHaveLength(2);
    });

    test('a request for samples reaches the worker', async () => {
      const link = await start();
      const worker = new HandMadeWorker(link.url, { json });
      await worker.greet();
      const request = {
        $typeName: 'streamgauge.v1.SampleRequest',
        requestId: 'r1',
        operatorId: 3,
        kinds: [1],
        durationMillis: 0,
      };
      expect(link.link.sendSampleRequest('w1', request as never)).toBe(true);
      expect(link.link.sendSampleRequest('nobody', request as never)).toBe(false);
      expect(await worker.next(({ case: kind }) => kind === 'sampleRequest')).toMatchObject({
        value: { requestId: 'r1', operatorId: 3 },
      });
    });

    test('garbage before Hello closes the connection with 4400, counted', async () => {
      const link = await start();
      const worker = await new HandMadeWorker(link.url, { json }).opened();
      worker.socket.send(json ? '{"hello": [' : Buffer.from([0xff, 0xff, 0xff]));
      expect((await worker.closed).code).toBe(4400);
      expect(link.count('frames-refused', 'malformed')).toBe(1);
      expect(link.core.calls).toEqual([]);
    });
  });

  test('a frame of the wrong kind for the subprotocol is refused', async () => {
    const link = await start();
    const worker = await new HandMadeWorker(link.url).opened();
    worker.socket.send('{"hello":{}}');
    expect(await worker.closed).toMatchObject({
      code: 4400,
      reason: expect.stringContaining('does not fit the subprotocol'),
    });
  });

  test('some bad frames after Hello are survived, more end the connection and the worker counts as lost', async () => {
    const link = await start();
    const worker = new HandMadeWorker(link.url);
    await worker.greet();
    for (let sent = 0; sent < 4; sent += 1) worker.socket.send(Buffer.from([0xff]));
    worker.report(1);
    await eventually(() => link.core.reports.length === 1);
    worker.socket.send(Buffer.from([0xff]));
    expect((await worker.closed).code).toBe(4400);
    await eventually(() => link.core.calls.includes('lost w1'));
    expect(link.count('frames-refused', 'malformed')).toBe(5);
  });

  test('a frame with an unknown body is ignored and counted', async () => {
    const link = await start();
    const worker = new HandMadeWorker(link.url);
    await worker.greet();
    // Field 15, length-delimited, empty.
    worker.socket.send(Buffer.from([0x7a, 0x00]));
    worker.report(1);
    await eventually(() => link.core.reports.length === 1);
    expect(link.count('frames-unknown')).toBe(1);
    expect(link.count('frames-refused')).toBe(0);
  });

  test('the first frame must be a Hello', async () => {
    const link = await start();
    const worker = await new HandMadeWorker(link.url).opened();
    worker.report(1);
    expect(await worker.closed).toEqual({ code: 4400, reason: 'The first frame must be a Hello.' });
  });

  test('a second Hello is a bad frame', async () => {
    const link = await start();
    const worker = new HandMadeWorker(link.url);
    await worker.greet();
    worker.hello({ worker: 'w2' });
    worker.report(1);
    await eventually(() => link.core.reports.length === 1);
    expect(link.count('frames-refused', 'unexpected')).toBe(1);
    expect(link.core.hellos).toHaveLength(1);
  });

  test('a connection without Hello is ended at the deadline with 4408', async () => {
    const link = await start();
    const worker = await new HandMadeWorker(link.url).opened();
    await eventually(() => link.link.connections === 1);
    link.clock.advance(1950);
    expect(link.count('connections-refused')).toBe(0);
    link.clock.advance(100);
    expect((await worker.closed).code).toBe(4408);
  });

  test('a newer protocol version is refused with a clear sentence and 4426', async () => {
    const link = await start();
    const worker = new HandMadeWorker(link.url);
    const answer = await worker.greet({ protocolVersion: 2 });
    expect(answer).toMatchObject({
      case: 'refusal',
      value: {
        code: 'SG_MONITOR_PROTOCOL_VERSION',
        message: expect.stringContaining('version 2'),
        retryAfterMillis: 60_000,
      },
    });
    expect((await worker.closed).code).toBe(4426);
    expect(link.core.calls).toEqual([]);
  });

  test.each([
    ['no worker name', { worker: '' }],
    ['a worker name of 10 kB', { worker: 'w'.repeat(10_000) }],
    ['control characters in its job', { job: 'a\u0007b' }],
    ['version 0', { protocolVersion: 0 }],
  ])('a Hello with %s is refused', async (_, changes) => {
    const link = await start();
    const worker = await new HandMadeWorker(link.url).opened();
    worker.hello(changes);
    expect((await worker.closed).code).toBe(4400);
    expect(link.core.calls).toEqual([]);
  });

  test('hostile operator names are trimmed before the core sees them', async () => {
    const link = await start();
    const worker = new HandMadeWorker(link.url);
    await worker.greet();
    worker.report(1, { operators: [{ id: 1, name: `\u001b[31m${'x'.repeat(10_000)}` }] });
    await eventually(() => link.core.reports.length === 1);
    const name = link.core.reports[0]?.operators[0]?.name ?? '';
    expect(name).toMatch(/^\ufffd\[31mx+…$/);
    expect([...name]).toHaveLength(200);
    expect(link.count('values-trimmed')).toBe(1);
  });

  test('a frame over 1 MiB ends the connection and nothing else', async () => {
    const link = await start();
    const [big, other] = [new HandMadeWorker(link.url), new HandMadeWorker(link.url)];
    await big.greet({ worker: 'big' });
    await other.greet({ worker: 'other' });
    big.socket.send(Buffer.alloc(1_048_577));
    expect((await big.closed).code).toBe(1009);
    other.report(1);
    await eventually(() => link.core.reports.length === 1);
    expect(link.count('frames-refused', 'too-large')).toBe(1);
  });

  test('a first frame over 64 KiB is refused with 4413', async () => {
    const link = await start();
    const worker = await new HandMadeWorker(link.url).opened();
    worker.socket.send(Buffer.alloc(65_537));
    expect((await worker.closed).code).toBe(4413);
  });

  test('a reconnecting worker learns what is stored, and a replay is recognised', async () => {
    const link = await start();
    const first = new HandMadeWorker(link.url);
    await first.greet();
    for (const number of [1, 2, 3]) first.event(number);
    await first.next(({ case: kind }) => kind === 'acknowledgement');
    first.socket.terminate();
    const second = new HandMadeWorker(link.url);
    const welcome = await second.greet();
    expect(welcome).toMatchObject({ value: { offsets: [{ topic: Topic.EVIDENCE, number: expect.anything() }] } });
    for (const number of [1, 2, 3, 4]) second.event(number);
    await eventually(() => link.core.calls.includes('event w1 3 4'));
    expect(link.core.calls.filter((call) => call.startsWith('event'))).toEqual(
      [1, 2, 3, 4].map((n) => `event w1 3 ${n}`),
    );
    expect(await link.store.readLog(0, 10)).toHaveLength(4);
    await eventually(() => link.count('events-repeated') === 3);
  });

  test('a newer connection of a worker replaces the old one without the worker being lost', async () => {
    const link = await start();
    const old = new HandMadeWorker(link.url);
    await old.greet();
    const young = new HandMadeWorker(link.url);
    await young.greet();
    expect(await old.closed).toMatchObject({ code: 4409 });
    young.report(1);
    await eventually(() => link.core.reports.length === 1);
    expect(link.core.calls).toEqual(['connected w1 s1', 'connected w1 s1', 'report w1 1']);
    expect(link.link.workers).toBe(1);
    expect(link.count('workers-duplicate')).toBe(0);
  });

  test('a restart under the same name is no duplicate, two processes that take turns are', async () => {
    const link = await start();
    const connectAs = async (session: string, pid: number): Promise<HandMadeWorker> => {
      const worker = new HandMadeWorker(link.url);
      await worker.greet({ session, pid });
      return worker;
    };
    await connectAs('s1', 1);
    await connectAs('s2', 2);
    expect(link.count('workers-duplicate')).toBe(0);
    await connectAs('s1', 1);
    expect(link.count('workers-duplicate')).toBe(1);
    expect(link.logged).toEqual([
      'duplicate w1: Two processes use the worker name w1 (now pid 1 on here, before that pid 2 on here); give each its own STREAMGAUGE_WORKER.',
    ]);
  });

  test('a goodbye is told as left, after what came before it was stored', async () => {
    const link = await start();
    const worker = new HandMadeWorker(link.url);
    await worker.greet();
    worker.event(1, Topic.LIFECYCLE);
    worker.send({
      case: 'heartbeat',
      value: { $typeName: 'streamgauge.v1.Heartbeat', sentUnixNano: 0n, periodMillis: 0 },
    });
    expect((await worker.closed).code).toBe(1000);
    await eventually(() => link.core.calls.length === 3);
    expect(link.core.calls).toEqual(['connected w1 s1', 'event w1 1 1', 'left w1']);
  });

  test('a broken connection is told as lost', async () => {
    const link = await start();
    const worker = new HandMadeWorker(link.url);
    await worker.greet();
    worker.socket.terminate();
    await eventually(() => link.core.calls.includes('lost w1'));
    expect(link.link.workers).toBe(0);
  });

  test('silence of twice the declared period ends a connection, and any frame is a sign of life', async () => {
    const link = await start();
    const worker = new HandMadeWorker(link.url);
    await worker.greet({ heartbeatPeriodMillis: 1000 });
    link.clock.advance(1900);
    worker.report(1);
    await eventually(() => link.core.reports.length === 1);
    link.clock.advance(1900);
    expect(link.core.calls).not.toContain('lost w1');
    link.clock.advance(500);
    expect(link.core.calls).toContain('lost w1');
    expect(link.count('connections-closed', 'silent')).toBe(1);
  });

  test('a heartbeat may declare another period', async () => {
    const link = await start();
    const worker = new HandMadeWorker(link.url);
    await worker.greet({ heartbeatPeriodMillis: 60_000 });
    worker.send({
      case: 'heartbeat',
      value: { $typeName: 'streamgauge.v1.Heartbeat', sentUnixNano: 0n, periodMillis: 1000 },
    });
    await eventually(() => link.count('frames-received', 'heartbeat') === 1);
    link.clock.advance(2500);
    expect(link.core.calls).toContain('lost w1');
  });

  test('a worker that promises nothing may be silent as long as it answers pings', async () => {
    const link = await start();
    const mute = new HandMadeWorker(link.url, { autoPong: false });
    const polite = new HandMadeWorker(link.url);
    await mute.greet({ worker: 'mute' });
    await polite.greet({ worker: 'polite' });
    let pings = 0;
    polite.socket.on('ping', () => {
      pings += 1;
    });
    for (let step = 0; step < 40; step += 1) {
      link.clock.advance(2000);
      await new Promise((resolve) => setTimeout(resolve, 2));
    }
    expect(link.core.calls.filter((call) => call.startsWith('lost'))).toEqual(['lost mute']);
    expect(pings).toBeGreaterThan(0);
  });

  test('a monitor that was suspended does not find its workers silent', async () => {
    const link = await start();
    const worker = new HandMadeWorker(link.url);
    await worker.greet({ heartbeatPeriodMillis: 1000 });
    // An hour passes without a single sweep; then one sweep runs.
    link.clock.nowMs += 3_600_000;
    link.clock.advance(50);
    expect(link.core.calls).toEqual(['connected w1 s1']);
  });

  test('the monitor says something within its declared period, and only when it has said nothing else', async () => {
    const link = await start();
    const worker = new HandMadeWorker(link.url);
    await worker.greet({ heartbeatPeriodMillis: 60_000 });
    link.clock.advance(2000);
    worker.event(1);
    await worker.next(({ case: kind }) => kind === 'acknowledgement');
    link.clock.advance(2000);
    worker.event(2);
    await eventually(() => worker.received.filter(({ body }) => body.case === 'acknowledgement').length === 2);
    expect(worker.received.some(({ body }) => body.case === 'heartbeat')).toBe(false);
    link.clock.advance(5000);
    expect(await worker.next(({ case: kind }) => kind === 'heartbeat')).toMatchObject({
      value: { periodMillis: 5000 },
    });
  });

  test('a report that comes after a newer one is dropped and counted, a gap is counted', async () => {
    const link = await start();
    const worker = new HandMadeWorker(link.url);
    await worker.greet();
    for (const sequence of [1, 5, 4, 6]) worker.report(sequence);
    await eventually(() => link.core.reports.length === 3);
    expect(link.core.reports.map(({ sequence }) => sequence)).toEqual([1n, 5n, 6n]);
    expect(link.count('reports-stale')).toBe(1);
    expect(link.count('reports-missed')).toBe(3);
  });

  test('a flood is slowed down, not lost, and does not disturb others', async () => {
    const link = await start();
    const flood = new HandMadeWorker(link.url);
    await flood.greet({ worker: 'flood' });
    for (let number = 1; number <= 3000; number += 1) flood.event(number, Topic.EVIDENCE, ['x'.repeat(900)]);
    await eventually(() => link.count('connections-throttled') > 0);
    const other = new HandMadeWorker(link.url);
    await other.greet({ worker: 'other' });
    for (let sequence = 1; sequence <= 50; sequence += 1) {
      other.report(sequence);
      await eventually(() => link.core.reports.length === sequence);
    }
    // A burst, and what one read from the network holds: the rest stays with the sender.
    expect(link.count('frames-received', 'event')).toBeLessThan(1000);
    for (let step = 0; step < 200 && link.count('frames-received', 'event') < 3000; step += 1) {
      link.clock.advance(1000);
      await new Promise((resolve) => setTimeout(resolve, 2));
    }
    await eventually(() => link.core.calls.filter((call) => call.startsWith('event flood')).length === 3000);
    expect(link.core.calls).not.toContain('lost flood');
  });

  test('a worker that reads nothing is cut off before much waits for it', async () => {
    const link = await start();
    const worker = new HandMadeWorker(link.url);
    await worker.greet();
    worker.socket.pause();
    const request = {
      $typeName: 'streamgauge.v1.SampleRequest',
      requestId: 'r'.repeat(100),
      operatorId: 1,
      kinds: [],
      durationMillis: 0,
    };
    let sent = 0;
    while (sent < 300_000 && link.link.sendSampleRequest('w1', request as never)) sent += 1;
    expect(sent).toBeLessThan(300_000);
    expect(link.count('connections-closed', 'slow-reader')).toBe(1);
    expect(link.core.calls).toContain('lost w1');
  });

  test('a core that fails does not end the connection', async () => {
    const link = await start();
    link.core.failing = true;
    const worker = new HandMadeWorker(link.url);
    await worker.greet();
    worker.report(1);
    worker.event(1);
    await worker.next(({ case: kind }) => kind === 'acknowledgement');
    expect(link.count('internal-faults')).toBe(3);
  });

  describe('refuses at the door', () => {
    const statusOf = (worker: HandMadeWorker): Promise<number | undefined> =>
      new Promise((resolve) => {
        worker.socket.once('unexpected-response', (_, response) => resolve(response.statusCode));
        worker.socket.once('open', () => resolve(101));
      });

    test('a missing or wrong token', async () => {
      const link = await start({ token });
      const headers = { authorization: 'Bearer a-token-of-twenty-four-d' };
      expect(await statusOf(new HandMadeWorker(link.url))).toBe(401);
      expect(await statusOf(new HandMadeWorker(link.url, { headers }))).toBe(401);
      const right = new HandMadeWorker(link.url, { headers: { authorization: `Bearer ${token}` } });
      expect((await right.greet()).case).toBe('welcome');
      expect(link.count('connections-refused', 'token')).toBe(2);
    });

    test('web pages, unless their origin is listed', async () => {
      const link = await start({ allowedOrigins: ['https://ops.example.org'] });
      expect(await statusOf(new HandMadeWorker(link.url, { origin: 'https://evil.example' }))).toBe(403);
      expect(await statusOf(new HandMadeWorker(link.url, { origin: 'null' }))).toBe(403);
      expect(await statusOf(new HandMadeWorker(link.url, { origin: 'https://ops.example.org' }))).toBe(101);
    });

    test('another path or subprotocol', async () => {
      const link = await start();
      expect(await statusOf(new HandMadeWorker(link.url.replace('worker', 'other')))).toBe(404);
      expect(await statusOf(new HandMadeWorker(link.url, { protocols: ['graphql-ws'] }))).toBe(400);
      expect(await statusOf(new HandMadeWorker(link.url, { protocols: [] }))).toBe(400);
    });

    test('more connections than configured, and takes new ones when some are gone', async () => {
      const link = await start({ maxConnections: 2 });
      const first = await new HandMadeWorker(link.url).opened();
      await new HandMadeWorker(link.url).opened();
      expect(await statusOf(new HandMadeWorker(link.url))).toBe(503);
      first.socket.terminate();
      await eventually(() => link.link.connections === 1);
      expect(await statusOf(new HandMadeWorker(link.url))).toBe(101);
    });

    test('compression is never agreed on', async () => {
      const link = await start();
      const worker = await new HandMadeWorker(link.url, { perMessageDeflate: true }).opened();
      expect(worker.socket.extensions).toBe('');
    });

    test('a peer that resets while it is being refused', async () => {
      const link = await start({ token });
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

  describe('with a store that fails', () => {
    const failingStore = (): { store: Store; heal: () => void; attempts: () => number } => {
      const inner = createMemoryStore({ clock: new ManualClock() });
      let broken = true;
      let attempts = 0;
      const store: Store = {
        ...inner,
        appendEvents: (origin, events) => {
          attempts += 1;
          return broken ? Promise.reject(new Error('disk full')) : inner.appendEvents(origin, events);
        },
      };
      const heal = (): void => {
        broken = false;
      };
      return { store, heal, attempts: () => attempts };
    };

    test('events are not acknowledged, tried again, and acknowledged once they are stored', async () => {
      const { store, heal, attempts } = failingStore();
      const link = await start({}, { store });
      const worker = new HandMadeWorker(link.url);
      await worker.greet();
      worker.event(1);
      await eventually(() => attempts() === 1);
      worker.report(1);
      await eventually(() => link.core.reports.length === 1);
      expect(worker.received.some(({ body }) => body.case === 'acknowledgement')).toBe(false);
      heal();
      link.clock.advance(1000);
      await worker.next(({ case: kind }) => kind === 'acknowledgement');
      expect(link.core.calls).toContain('event w1 3 1');
    });

    test('when too many wait, the connection ends after recovery so that nothing is skipped', async () => {
      const { store, heal, attempts } = failingStore();
      const link = await start({}, { store });
      const worker = new HandMadeWorker(link.url);
      await worker.greet();
      for (let number = 1; number <= 2100; number += 1) worker.event(number);
      for (let step = 0; step < 100 && link.count('events-dropped') < 90; step += 1) {
        link.clock.advance(500);
        await new Promise((resolve) => setTimeout(resolve, 2));
      }
      expect(attempts()).toBeGreaterThan(0);
      const dropped = link.count('events-dropped');
      expect(dropped).toBeGreaterThan(0);
      heal();
      for (let step = 0; step < 10; step += 1) {
        link.clock.advance(500);
        await new Promise((resolve) => setTimeout(resolve, 5));
      }
      expect((await worker.closed).code).toBe(1013);
      const [stored] = (await link.store.offsets('w1', 's1')).values();
      expect(Number(stored)).toBe(await link.store.readLog(0, 5000).then((log) => log.length));
    });
  });

  test('closing says goodbye, stores what was received and ends every connection', async () => {
    const link = await start();
    const worker = new HandMadeWorker(link.url);
    await worker.greet();
    worker.event(1);
    await eventually(() => link.count('frames-received', 'event') === 1);
    await link.link.close(1000);
    expect(await worker.closed).toMatchObject({ code: 1001 });
    expect(worker.received.at(-1)?.body).toMatchObject({ case: 'heartbeat', value: { periodMillis: 0 } });
    expect(await link.store.readLog(0, 10)).toHaveLength(1);
    expect(link.core.calls).not.toContain('lost w1');
  });
});
