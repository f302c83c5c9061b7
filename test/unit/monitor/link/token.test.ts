import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { describe, expect, test } from 'vitest';
import { eventually } from '../../../support/eventually.ts';
import { HandMadeWorker } from '../../../support/hand-made-worker.ts';
import { whenFinished } from '../../../support/test-end.ts';
import { startLink } from './link-harness.ts';

const token = 'a-token-of-twenty-four-c';
const bearer = (text: string) => ({ headers: { authorization: `Bearer ${text}` } });

const statusOf = (worker: HandMadeWorker): Promise<number | undefined> =>
  new Promise((resolve) => {
    worker.socket.once('unexpected-response', (_, response) => resolve(response.statusCode));
    worker.socket.once('open', () => resolve(101));
  });

describe('an open connection', () => {
  test('is closed with 4401 when its token is replaced, and the new token lets it in again', async () => {
    const folder = mkdtempSync(join(tmpdir(), 'streamgauge-token-'));
    whenFinished(() => rmSync(folder, { recursive: true, force: true }));
    const tokenFile = join(folder, 'token');
    writeFileSync(tokenFile, token);
    const link = await startLink({ tokens: [{ name: 'w', role: 'worker', tokenFile }] });
    const worker = new HandMadeWorker(link.url, bearer(token));
    await worker.greet();
    const closed = worker.closed;
    writeFileSync(tokenFile, `${token}-2`);
    let isClosed = false;
    void closed.then(() => {
      isClosed = true;
    });
    // The link sends its own heartbeats meanwhile, and the worker has promised none.
    let passedMs = 0;
    await eventually(() => {
      if (passedMs < 5000) link.clock.advance(50);
      passedMs += 50;
      return isClosed;
    });
    expect(await closed).toMatchObject({ code: 4401 });
    expect(worker.received.at(-1)?.body).toMatchObject({
      case: 'refusal',
      value: { code: 'SG_MONITOR_UNAUTHORISED', retryAfterMillis: 60_000 },
    });
    expect(link.core.calls).toContain('lost w1');
    expect(await statusOf(new HandMadeWorker(link.url, bearer(token)))).toBe(401);
    expect((await new HandMadeWorker(link.url, bearer(`${token}-2`)).greet()).case).toBe('welcome');
  });

  test('is closed when its token expires', async () => {
    const link = await startLink({
      tokens: [{ name: 'w', role: 'worker', token, expiresAt: '2026-01-02T03:04:25Z' }],
    });
    const worker = new HandMadeWorker(link.url, bearer(token));
    await worker.greet();
    link.clock.advance(30_000);
    expect(await worker.closed).toMatchObject({ code: 4401 });
    expect(await statusOf(new HandMadeWorker(link.url, bearer(token)))).toBe(401);
  });
});

test('too many wrong tokens of one address are answered 429, counted, and told in one line', async () => {
  const link = await startLink({ token });
  const statuses: (number | undefined)[] = [];
  for (let attempt = 0; attempt < 22; attempt += 1)
    statuses.push(await statusOf(new HandMadeWorker(link.url, bearer('a-token-of-twenty-four-d'))));
  expect(statuses.slice(0, 20)).toEqual(Array(20).fill(401));
  expect(statuses.slice(20)).toEqual([429, 429]);
  expect(link.count('connections-refused', 'token')).toBe(22);
  link.clock.advance(2000);
  expect(await statusOf(new HandMadeWorker(link.url, bearer(token)))).toBe(101);
});

test('an Origin that is listed does not stand in for a token, and one that looks like it is none', async () => {
  const link = await startLink({ token, allowedOrigins: ['https://ops.example.org'] });
  const origin = 'https://ops.example.org';
  expect(await statusOf(new HandMadeWorker(link.url, { origin }))).toBe(401);
  expect(await statusOf(new HandMadeWorker(link.url, { origin, ...bearer(token) }))).toBe(101);
  for (const foreign of [
    'https://ops.example.org.evil.example',
    'http://ops.example.org',
    'https://ops.example.org:8443',
    'https://evil.example/https://ops.example.org',
    'null',
    '',
  ])
    expect([foreign, await statusOf(new HandMadeWorker(link.url, { origin: foreign, ...bearer(token) }))]).toEqual([
      foreign,
      foreign === '' ? 101 : 403,
    ]);
});

test('who is not let in is in the log, with the reason, and without the token', async () => {
  const link = await startLink({
    tokens: [
      { name: 'w', role: 'worker', token, jobs: ['orders'] },
      { name: 'r', role: 'reader', token: `${token}-r` },
    ],
  });
  await new HandMadeWorker(link.url).closed;
  await new HandMadeWorker(link.url, bearer(`${token}-r`)).closed;
  const other = new HandMadeWorker(link.url, bearer(token));
  const told = 'The token w is not for worker "w1" of job "bills".';
  expect(await other.greet({ job: 'bills' })).toMatchObject({ case: 'refusal', value: { message: told } });
  const lines = link.logged.filter((line) => line.startsWith('refused'));
  expect(lines).toEqual([
    expect.stringMatching(/A connection of 127\.0\.0\.1 was refused: A token is needed/),
    expect.stringMatching(/A connection of 127\.0\.0\.1 was refused: This token is not one of a worker/),
    expect.stringContaining(`A connection of 127.0.0.1 was refused: ${told}`),
  ]);
  expect(lines.join()).not.toContain(token);
});
