import { once } from 'node:events';
import { create, HeartbeatSchema, Topic } from '@streamgauge/proto';
import { describe, expect, test } from 'vitest';
import { eventually } from '../../../support/eventually.ts';
import { HandMadeWorker } from '../../../support/hand-made-worker.ts';
import { startLink } from './link-harness.ts';

describe('presence on the link', () => {
  test('a goodbye is told as left, after what came before it was stored', async () => {
    const link = await startLink();
    const worker = new HandMadeWorker(link.url);
    await worker.greet();
    worker.event(1, Topic.LIFECYCLE);
    worker.send({
      case: 'heartbeat',
      value: create(HeartbeatSchema, { periodMillis: 0 }),
    });
    expect((await worker.closed).code).toBe(1000);
    await eventually(() => link.core.calls.length === 3);
    expect(link.core.calls).toEqual(['connected w1 s1', 'event w1 1 1', 'left w1']);
  });

  test('a broken connection is told as lost', async () => {
    const link = await startLink();
    const worker = new HandMadeWorker(link.url);
    await worker.greet();
    worker.socket.terminate();
    await eventually(() => link.core.calls.includes('lost w1'));
    expect(link.link.workers).toBe(0);
  });

  test('silence of twice the declared period ends a connection, and any frame is a sign of life', async () => {
    const link = await startLink();
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
    const link = await startLink();
    const worker = new HandMadeWorker(link.url);
    await worker.greet({ heartbeatPeriodMillis: 60_000 });
    worker.send({
      case: 'heartbeat',
      value: create(HeartbeatSchema, { periodMillis: 1000 }),
    });
    await eventually(() => link.count('frames-received', 'heartbeat') === 1);
    link.clock.advance(2500);
    expect(link.core.calls).toContain('lost w1');
  });

  test('a worker that promises nothing may be silent as long as it answers pings', async () => {
    const link = await startLink();
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
      // Its answer to a ping of the monitor has arrived when one that it asked itself afterwards is answered.
      for (const _ of ['the ping', 'its answer']) {
        polite.socket.ping();
        await once(polite.socket, 'pong');
      }
    }
    expect(link.core.calls.filter((call) => call.startsWith('lost'))).toEqual(['lost mute']);
    expect(pings).toBeGreaterThan(0);
  });

  test('a monitor that was suspended does not find its workers silent', async () => {
    const link = await startLink();
    const worker = new HandMadeWorker(link.url);
    await worker.greet({ heartbeatPeriodMillis: 1000 });
    // An hour passes without a single sweep; then one sweep runs.
    link.clock.suspend(3_600_000);
    link.clock.advance(50);
    expect(link.core.calls).toEqual(['connected w1 s1']);
  });

  test('the monitor says something within its declared period, and only when it has said nothing else', async () => {
    const link = await startLink();
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

  test('closing says goodbye, stores what was received and ends every connection', async () => {
    const link = await startLink();
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
