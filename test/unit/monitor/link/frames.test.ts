import { describe, expect, test } from 'vitest';
import { eventually } from '../../../support/eventually.ts';
import { HandMadeWorker } from '../../../support/hand-made-worker.ts';
import { startLink } from './link-harness.ts';

describe('the frames of a worker', () => {
  describe.each([
    { form: 'binary', json: false },
    { form: 'JSON', json: true },
  ])('in $form form', ({ json }) => {
    test('a worker is welcomed, reports, and has its events stored before they are acknowledged', async () => {
      const link = await startLink({ reportIntervalMs: 500, loopBlockedMs: 700 });
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
      const link = await startLink();
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
      const link = await startLink();
      const worker = await new HandMadeWorker(link.url, { json }).opened();
      worker.socket.send(json ? '{"hello": [' : Buffer.from([0xff, 0xff, 0xff]));
      expect((await worker.closed).code).toBe(4400);
      expect(link.count('frames-refused', 'malformed')).toBe(1);
      expect(link.core.calls).toEqual([]);
    });
  });

  test('a frame of the wrong kind for the subprotocol is refused', async () => {
    const link = await startLink();
    const worker = await new HandMadeWorker(link.url).opened();
    worker.socket.send('{"hello":{}}');
    expect(await worker.closed).toMatchObject({
      code: 4400,
      reason: expect.stringContaining('does not fit the subprotocol'),
    });
  });

  test('some bad frames after Hello are survived, more end the connection and the worker counts as lost', async () => {
    const link = await startLink();
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
    const link = await startLink();
    const worker = new HandMadeWorker(link.url);
    await worker.greet();
    // Field 15, length-delimited, empty.
    worker.socket.send(Buffer.from([0x7a, 0x00]));
    worker.report(1);
    await eventually(() => link.core.reports.length === 1);
    expect(link.count('frames-unknown')).toBe(1);
    expect(link.count('frames-refused')).toBe(0);
  });

  test('hostile operator names are trimmed before the core sees them', async () => {
    const link = await startLink();
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
    const link = await startLink();
    const [big, other] = [new HandMadeWorker(link.url), new HandMadeWorker(link.url)];
    await big.greet({ worker: 'big' });
    await other.greet({ worker: 'other' });
    big.socket.send(Buffer.alloc(1_048_577));
    expect((await big.closed).code).toBe(1009);
    other.report(1);
    await eventually(() => link.core.reports.length === 1);
    expect(link.count('frames-refused', 'too-large')).toBe(1);
  });

  test('a report that comes after a newer one is dropped and counted, a gap is counted', async () => {
    const link = await startLink();
    const worker = new HandMadeWorker(link.url);
    await worker.greet();
    for (const sequence of [1, 5, 4, 6]) worker.report(sequence);
    await eventually(() => link.core.reports.length === 3);
    expect(link.core.reports.map(({ sequence }) => sequence)).toEqual([1n, 5n, 6n]);
    expect(link.count('reports-stale')).toBe(1);
    expect(link.count('reports-missed')).toBe(3);
  });

  test('a core that fails does not end the connection', async () => {
    const link = await startLink();
    link.core.failing = true;
    const worker = new HandMadeWorker(link.url);
    await worker.greet();
    worker.report(1);
    worker.event(1);
    await worker.next(({ case: kind }) => kind === 'acknowledgement');
    expect(link.count('internal-faults')).toBe(3);
  });
});
