import { mkdtempSync, readdirSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { startMonitor } from '@streamgauge/monitor';
import { expect, test } from 'vitest';
import { HandMadeWorker } from '../../support/hand-made-worker.ts';
import { whenFinished } from '../../support/test-end.ts';

const job = '../../j<script>"\\{}';
const worker = '/../../../w"><img src=x onerror=alert(1)>%00%2e%2e%2f';
const operator = '"} 1\nforged_metric 1\r\n\u001b[2J\u202e<svg onload=alert(1)>';

test('hostile names stay text in every answer, and become no part of a path', async () => {
  const folder = mkdtempSync(join(tmpdir(), 'streamgauge-names-'));
  whenFinished(() => rmSync(folder, { recursive: true, force: true }));
  const monitor = await startMonitor({
    port: 0,
    log: 'off',
    dataDir: join(folder, 'a', 'b', 'data'),
    metrics: { perWorker: true },
  });
  whenFinished(() => monitor.close());
  const peer = new HandMadeWorker(`${monitor.url.replace('http', 'ws')}/v1/worker`);
  expect((await peer.greet({ job, worker })).case).toBe('welcome');
  peer.report(1, {
    operators: [
      { id: 1, name: operator },
      { id: 2, name: 'of another job', job: operator },
    ],
  });
  peer.event(1, 3, [operator]);
  await peer.next((body) => body.case === 'acknowledgement');

  const read = async (path: string): Promise<string> => (await fetch(monitor.url + path)).text();
  const metrics = await read('/metrics');
  expect(metrics).toContain('forged_metric');
  expect(metrics.split('\n').filter((line) => line.startsWith('forged_metric'))).toEqual([]);
  const page = await read('/');
  expect(page).toContain('&lt;svg onload');
  expect(page).not.toMatch(/<(?:img|svg|script)/);
  for (const path of ['/sdk_status', '/statusz', '/', '/metrics', '/api/v1/workers', '/api/v1/events'])
    expect([path, (await read(path)).match(/[^\P{Cc}\n]|\u202e/u)]).toEqual([path, null]);
  const found = JSON.parse(await read(`/api/v1/workers/${encodeURIComponent(worker)}`));
  expect(found).toMatchObject({ worker, job });
  const [, other] = found.jobs as string[];
  const graph = await read(`/api/v1/jobs/${encodeURIComponent(other ?? '')}/graph`);
  expect(JSON.parse(graph)).toMatchObject({ operators: [{ name: 'of another job' }] });

  await monitor.close();
  const files = readdirSync(folder, { recursive: true }).map(String);
  expect(files.filter((path) => !/^a(?:\/b(?:\/data(?:\/streamgauge\.[\w.-]*)?)?)?$/.test(path))).toEqual([]);
});
