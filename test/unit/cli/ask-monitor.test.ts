import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { type MonitorConfigInput, startMonitor } from '@streamgauge/monitor';
import { expect, test, vi } from 'vitest';
import { askMonitor } from '../../../src/cli/ask-monitor.ts';
import { createAuthority } from '../../support/certificates.ts';
import { whenFinished } from '../../support/test-end.ts';

const token = 'a-token-of-twenty-four-c';

async function start(settings: MonitorConfigInput = {}): Promise<URL> {
  const monitor = await startMonitor({ port: 0, log: 'off', ...settings });
  whenFinished(() => monitor.close());
  return new URL('/api/v1/workers', monitor.url);
}

const ask = (url: URL, more: object = {}): Promise<object> =>
  askMonitor<object>(url, { token: undefined, withinMs: 5000, ...more });

test('an answer is given, and a refusal is told in the words of the monitor', async () => {
  const url = await start({ token });
  expect(await ask(url, { token })).toEqual({ workers: [] });
  await expect(ask(url)).rejects.toThrow(/A token is needed.* Here: --token-file\.$/);
  await expect(ask(url, { token: 'another' })).rejects.toThrow('is wrong or has expired.');
  await expect(ask(new URL('/api/v1/workers/w/samples', url), { token, body: { kind: 'cpu' } })).rejects.toThrow(
    'There is no worker "w"',
  );
});

test('nobody there, and nobody who speaks TLS, are told as such', async () => {
  const url = await start();
  await expect(ask(new URL(url.href.replace('http', 'https')))).rejects.toThrow('speaks no TLS');
  await expect(ask(new URL('http://127.0.0.1:1/'))).rejects.toThrow('(ECONNREFUSED); is it running?');
});

test('over TLS it trusts whom the agent trusts, and shows the same certificate', async () => {
  const folder = mkdtempSync(join(tmpdir(), 'streamgauge-ask-'));
  whenFinished(() => rmSync(folder, { recursive: true, force: true }));
  const write = (name: string, content: string): string => {
    writeFileSync(join(folder, name), content);
    return join(folder, name);
  };
  const authority = createAuthority();
  const own = authority.issue();
  const client = authority.issue();
  const caFile = write('ca', authority.cert);
  const tls = { certFile: write('crt', own.cert), keyFile: write('key', own.key), caFile } as const;
  const open = await start({ tls });
  const url = await start({ tls: { ...tls, clientCertificates: 'required' } });
  whenFinished(() => void vi.unstubAllEnvs());
  vi.stubEnv('NODE_TLS_REJECT_UNAUTHORIZED', '0');
  await expect(ask(open)).rejects.toThrow(/no trusted connection.*STREAMGAUGE_TLS_CA_FILE/);
  vi.stubEnv('STREAMGAUGE_TLS_CA_FILE', caFile);
  expect(await ask(open)).toEqual({ workers: [] });
  await expect(ask(new URL(open.href.replace('https', 'http')))).rejects.toThrow('is it https: instead?');
  const day = 86_400_000;
  const over = authority.issue({ notAfter: new Date(Date.now() - day) });
  const elsewhere = authority.issue({ names: ['elsewhere.example'] });
  const serving = async ({ cert, key }: typeof own): Promise<URL> =>
    start({ tls: { certFile: write('other-crt', cert), keyFile: write('other-key', key) } });
  await expect(ask(await serving(over))).rejects.toThrow('has expired');
  await expect(ask(await serving(elsewhere))).rejects.toThrow('is for another name');
  await expect(ask(url)).rejects.toThrow('asks for a certificate: set STREAMGAUGE_TLS_CERT_FILE');
  vi.stubEnv('STREAMGAUGE_TLS_CERT_FILE', write('client', client.cert));
  vi.stubEnv('STREAMGAUGE_TLS_KEY_FILE', write('client-key', client.key));
  expect(await ask(url)).toEqual({ workers: [] });
  vi.stubEnv('STREAMGAUGE_TLS_KEY_FILE', '/nowhere/key');
  await expect(ask(url)).rejects.toThrow('the file of STREAMGAUGE_TLS_KEY_FILE cannot be read (ENOENT)');
});
