import { Topic } from '@streamgauge/proto';
import { describe, expect, test } from 'vitest';
import { eventually, eventuallyWith } from '../../../support/eventually.ts';
import { HandMadeWorker } from '../../../support/hand-made-worker.ts';
import { startLink } from './link-harness.ts';

describe('a worker that does not keep pace', () => {
  test('a flood is slowed down, not lost, and does not disturb others', async () => {
    const link = await startLink();
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
    await eventuallyWith(link.clock, 1000, () => link.count('frames-received', 'event') === 3000);
    await eventually(() => link.core.calls.filter((call) => call.startsWith('event flood')).length === 3000);
    expect(link.core.calls).not.toContain('lost flood');
  });

  test('a worker that reads nothing is cut off before much waits for it', async () => {
    const link = await startLink();
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
});
