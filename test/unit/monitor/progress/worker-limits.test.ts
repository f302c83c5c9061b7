import { create, HelloSchema, ReportSchema } from '@streamgauge/proto';
import { expect, test } from 'vitest';
import { silentLogger } from '../../../../monitor/src/log.ts';
import { createProgressMonitor } from '../../../../monitor/src/progress/progress-monitor.ts';
import { FakeClock } from '../../../support/fake-clock.ts';
import { limits } from '../../../support/story.ts';

test('a loop counts as blocked by what was wished of its own worker', () => {
  const clock = new FakeClock();
  const monitor = createProgressMonitor({
    clock,
    limits,
    store: { saveIncident: async () => {} },
    requestSample: () => true,
    logger: silentLogger,
    wishesOf: ({ job }) => ({ loopBlockedMs: job === 'batch' ? 60_000 : 1000 }),
  });
  const blocked = { silentNano: 5_000_000_000n, blockedNano: 5_000_000_000n };
  for (const job of ['batch', 'orders']) {
    monitor.workerConnected(create(HelloSchema, { worker: `of ${job}`, job, session: 's' }));
    const report = create(ReportSchema, { sequence: 1n, intervalMillis: 1000, loop: blocked });
    monitor.reportReceived(`of ${job}`, report);
  }
  for (let second = 0; second < 2; second++) {
    clock.advance(1000);
    monitor.check();
  }
  expect(monitor.openIncidents({}).map(({ worker, rule }) => `${worker}: ${rule}`)).toEqual([
    'of orders: loop-blocked',
  ]);
});
