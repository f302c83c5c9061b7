import { expect, it } from 'vitest';
import { startTestMonitor } from '../harness/monitor.ts';
import { program } from '../harness/paths.ts';
import { startWorker } from '../harness/worker.ts';

it('a promise of a Web Stream that never settles is one incident with its line', async () => {
  const monitor = await startTestMonitor();
  startWorker({ program: program('stuck-web.mjs'), monitorUrl: monitor.workerUrl, job: 'web', worker: 'w1' });
  const incident = await monitor.waitForVerdict(() => true, 20_000);
  expect(incident).toMatchObject({ type: 'stall', operator: 'enrich', mechanism: 'await-pending' });
  expect(incident.evidence.location).toMatchObject({ file: expect.stringMatching(/stuck-web\.mjs$/), line: 11 });
  expect(await monitor.incidents()).toHaveLength(1);
});
