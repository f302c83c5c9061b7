import { describe, expect, test } from 'vitest';
import { eventually } from '../../../support/eventually.ts';
import { HandMadeWorker } from '../../../support/hand-made-worker.ts';
import { startLink } from './link-harness.ts';

describe('a Hello', () => {
  test('the first frame must be a Hello', async () => {
    const link = await startLink();
    const worker = await new HandMadeWorker(link.url).opened();
    worker.report(1);
    expect(await worker.closed).toEqual({ code: 4400, reason: 'The first frame must be a Hello.' });
  });

  test('a second Hello is a bad frame', async () => {
    const link = await startLink();
    const worker = new HandMadeWorker(link.url);
    await worker.greet();
    worker.hello({ worker: 'w2' });
    worker.report(1);
    await eventually(() => link.core.reports.length === 1);
    expect(link.count('frames-refused', 'unexpected')).toBe(1);
    expect(link.core.hellos).toHaveLength(1);
  });

  test('a connection without Hello is ended at the deadline with 4408', async () => {
    const link = await startLink();
    const worker = await new HandMadeWorker(link.url).opened();
    await eventually(() => link.link.connections === 1);
    link.clock.advance(1950);
    expect(link.count('connections-refused')).toBe(0);
    link.clock.advance(100);
    expect((await worker.closed).code).toBe(4408);
  });

  test('a newer protocol version is refused with a clear sentence and 4426', async () => {
    const link = await startLink();
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
    const link = await startLink();
    const worker = await new HandMadeWorker(link.url).opened();
    worker.hello(changes);
    expect((await worker.closed).code).toBe(4400);
    expect(link.core.calls).toEqual([]);
  });

  test('a first frame over 64 KiB is refused with 4413', async () => {
    const link = await startLink();
    const worker = await new HandMadeWorker(link.url).opened();
    worker.socket.send(Buffer.alloc(65_537));
    expect((await worker.closed).code).toBe(4413);
  });
});
