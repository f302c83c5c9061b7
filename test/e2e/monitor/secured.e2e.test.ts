import { mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { get } from 'node:https';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { type Incident, startMonitor } from '@streamgauge/monitor';
import { expect, test } from 'vitest';
import { createAuthority } from '../../support/certificates.ts';
import { whenFinished } from '../../support/test-end.ts';
import { TEST_LIMITS } from '../harness/monitor.ts';
import { program } from '../harness/paths.ts';
import { until } from '../harness/until.ts';
import { startWorker } from '../harness/worker.ts';

const secret = 'canary-5d1e8b';
const pages = [
  '/',
  '/statusz',
  '/sdk_status',
  '/sdk_status?id=w1',
  '/threadz?worker=w1',
  '/heapz?worker=w1',
  '/metrics',
];
const answers = ['jobs', 'jobs/j/graph', 'workers', 'workers/w1', 'workers/w1/status', 'incidents', 'events'];

/** One run of a program that shows both: a way in with certificates and tokens, and what comes out of it. */
test('a worker with a certificate and a token of its own is watched, and its secrets are in no answer, no log line and no file', async () => {
  const folder = mkdtempSync(join(tmpdir(), 'streamgauge-secured-'));
  whenFinished(() => rmSync(folder, { recursive: true, force: true }));
  const write = (name: string, content: string): string => {
    writeFileSync(join(folder, name), content);
    return join(folder, name);
  };
  const authority = createAuthority();
  const [own, client] = [authority.issue(), authority.issue()];
  const caFile = write('ca', authority.cert);
  const tokenFile = write('token', 'the-token-of-the-worker');
  const dataDir = join(folder, 'data');
  const monitor = await startMonitor({
    ...TEST_LIMITS,
    port: 0,
    log: 'off',
    dataDir,
    tls: { certFile: write('crt', own.cert), keyFile: write('key', own.key), caFile, clientCertificates: 'required' },
    tokens: [
      { name: 'w1', role: 'worker', tokenFile, workers: ['w1'], jobs: ['j'] },
      { name: 'on-call', role: 'operator', token: 'the-token-of-a-person' },
    ],
  });
  whenFinished(() => monitor.close());
  const worker = startWorker({
    program: program('secrets.mjs'),
    programArguments: [secret],
    monitorUrl: monitor.url,
    job: 'j',
    worker: 'w1',
    env: {
      MY_PASSWORD: secret,
      STREAMGAUGE_LOG: 'debug',
      STREAMGAUGE_TOKEN_FILE: tokenFile,
      STREAMGAUGE_TLS_CA_FILE: caFile,
      STREAMGAUGE_TLS_CERT_FILE: write('client', client.cert),
      STREAMGAUGE_TLS_KEY_FILE: write('client-key', client.key),
    },
  });
  const read = (path: string): Promise<string> =>
    new Promise((resolve, reject) => {
      const headers = { authorization: 'Bearer the-token-of-a-person' };
      get(new URL(path, monitor.url), { ca: authority.cert, ...client, headers }, (response) => {
        let text = '';
        response.setEncoding('utf8').on('data', (chunk: string) => {
          text += chunk;
        });
        response.on('end', () => (response.statusCode === 200 ? resolve(text) : reject(new Error(`${path}: ${text}`))));
      }).on('error', reject);
    });
  const incident = await until('the incident', 15_000, async () => {
    const { incidents } = JSON.parse(await read('/api/v1/incidents')) as { readonly incidents: Incident[] };
    return incidents.find(({ evidence }) => evidence.location !== null && evidence.samples.length > 0);
  });
  expect(incident).toMatchObject({ worker: 'w1', operator: 'Enrich', mechanism: 'await-pending' });
  const shown: string[] = [JSON.stringify(incident)];
  for (const path of [...pages, ...answers.map((name) => `/api/v1/${name}`)]) shown.push(await read(path));
  await monitor.close();
  const files = readdirSync(dataDir).map((name) => readFileSync(join(dataDir, name), 'latin1'));
  expect(files.join()).toContain('secrets.mjs');
  expect(worker.stderr()).toContain('connected to the monitor');
  for (const text of [...shown, ...files, worker.stderr()])
    for (const hidden of [secret, 'the-token-of', 'PRIVATE KEY']) expect(text).not.toContain(hidden);
});
