import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { HandMadeWorker } from '../../support/hand-made-worker.ts';
import { whenFinished } from '../../support/test-end.ts';
import { startTestMonitor } from '../harness/monitor.ts';

const spinning = `export default { name: 'spinning', classify() { for (;;); } };`;
const quota = `export default {
  name: 'quota',
  outputKeys: ['runbook'],
  classify: ({ finding }) => ({
    category: 'billing', mechanism: 'quota', confidence: 0.5, location: null,
    reasons: [\`It says so of \${finding.worker}.\`], labels: { runbook: 'R12', secret: 'x' },
  }),
};`;

test('modules classify beside the monitor: one spins, one is missing, one decides, and the monitor goes on', async () => {
  const folder = mkdtempSync(join(tmpdir(), 'streamgauge-classifiers-'));
  whenFinished(() => rmSync(folder, { recursive: true, force: true }));
  writeFileSync(join(folder, 'spinning.mjs'), spinning);
  writeFileSync(join(folder, 'quota.mjs'), quota);
  const classifiers = ['spinning.mjs', 'missing.mjs', 'quota.mjs'].map((name) => join(folder, name));
  const monitor = await startTestMonitor({ classifiers });
  const { warnings } = await monitor.get<{ warnings: readonly string[] }>('/healthz');
  expect(warnings).toEqual([
    expect.stringMatching(/^classifier missing\.mjs is not asked: it could not be loaded: Cannot find module/),
  ]);

  const worker = new HandMadeWorker(`${monitor.workerUrl}/v1/worker`);
  await worker.greet({ worker: 'gone', job: 'index' });
  worker.socket.terminate();
  const opened = await monitor.waitForIncident(({ type }) => type === 'worker-lost', 10_000);
  expect(opened.classifier).toBe('unknown');
  // While the first one spins, for two seconds.
  const startMs = performance.now();
  await monitor.get('/healthz');
  expect(performance.now() - startMs).toBeLessThan(1500);

  const decided = await monitor.waitForIncident(({ classifier }) => classifier === 'quota', 15_000);
  expect(decided).toMatchObject({ id: opened.id, category: 'billing', labels: { runbook: 'R12' } });
  expect(decided.labels).toEqual({ runbook: 'R12' });
  expect(decided.reasons).toEqual([
    'It says so of gone.',
    'Classifier spinning was passed over: it gave no answer within 2 s',
    expect.stringMatching(/^Classifier missing\.mjs was passed over: it could not be loaded: Cannot find module/),
  ]);
  const metrics = await (await fetch(`${monitor.url}/metrics`)).text();
  const failures = [
    ...metrics.matchAll(/classifier_failures_total\{(?=.*classifier="([^"]+)")(?=.*reason="([^"]+)")/g),
  ];
  expect(failures.map(([, name, reason]) => `${name} ${reason}`).sort()).toEqual([
    'missing.mjs load',
    'spinning timeout',
  ]);
  expect(metrics).toMatch(/classifier_labels_dropped_total\{.*classifier="quota".*\} 1$/m);
  expect(await (await fetch(`${monitor.url}/statusz`)).text()).toContain('  classifier missing.mjs is not asked');
  await monitor.close();
});
