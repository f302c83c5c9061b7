import { mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { startMonitor } from '@streamgauge/monitor';
import { describe, expect, test, vi } from 'vitest';
import { HandMadeWorker } from '../../support/hand-made-worker.ts';
import { whenFinished } from '../../support/test-end.ts';

const canary = 'canary-7f3a9c';
const pages = ['/', '/statusz', '/sdk_status', '/threadz', '/heapz', '/metrics', '/healthz', '/readyz'];
const rows = ['jobs', 'workers', 'incidents', 'events'].map((name) => `/api/v1/${name}`);

describe('the secrets of the settings', () => {
  test('are in no answer, no log line and no file', async () => {
    const folder = mkdtempSync(join(tmpdir(), 'streamgauge-secrets-'));
    whenFinished(() => rmSync(folder, { recursive: true, force: true }));
    writeFileSync(join(folder, 'token'), `${canary}-of-a-file`);
    const lines: string[] = [];
    vi.spyOn(process.stderr, 'write').mockImplementation((line) => lines.push(String(line)) > 0);
    whenFinished(() => void vi.restoreAllMocks());
    const data = join(folder, 'data');
    const monitor = await startMonitor({
      port: 0,
      log: 'debug',
      dataDir: data,
      token: `${canary}-for-everything`,
      tokens: [
        { name: 'reader', role: 'reader', token: `${canary}-of-reader` },
        { name: 'worker', role: 'worker', tokenFile: join(folder, 'token') },
      ],
      webhooks: [{ url: `http://${canary}:${canary}@127.0.0.1:9/hook/${canary}?key=${canary}` }],
    });
    whenFinished(() => monitor.close());
    const headers = { authorization: `Bearer ${canary}-for-everything` };
    const worker = new HandMadeWorker(`${monitor.url.replace('http', 'ws')}/v1/worker`, { headers });
    await worker.greet();
    worker.event(1);
    await worker.next((body) => body.case === 'acknowledgement');
    const answers: string[] = [];
    for (const path of [...pages, ...rows]) answers.push(await (await fetch(monitor.url + path, { headers })).text());
    for (const wrong of ['-wrong', '-of-reader-'])
      answers.push(
        await (await fetch(`${monitor.url}/`, { headers: { authorization: `Bearer ${canary}${wrong}` } })).text(),
      );
    await monitor.close();
    const files = readdirSync(data).map((name) => readFileSync(join(data, name), 'latin1'));
    expect(answers.join()).toContain('"name":"reader"');
    expect(lines.join()).toContain('A wrong token came from 127.0.0.1');
    expect(files.join().length).toBeGreaterThan(1000);
    for (const text of [...answers, ...lines, ...files]) expect(text).not.toContain(canary);
  });

  test('are in no message about a fault of the settings', async () => {
    const fault = await startMonitor({
      port: 0,
      log: 'off',
      token: `${canary} with spaces`,
      tokens: [
        { name: 'a', role: 'reader', token: `${canary} with spaces` },
        { name: 'a', role: 'nobody' as 'reader', token: `${canary}-that-is-long` },
      ],
    }).catch((error: Error) => error.message);
    expect(fault).toContain('tokens');
    expect(fault).not.toContain(canary);
  });
});
