import { once } from 'node:events';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { createServer } from 'node:https';
import type { AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { startMonitor } from '@streamgauge/monitor';
import { create, HelloSchema } from '@streamgauge/proto';
import { expect, test, vi } from 'vitest';
import { type Credentials, credentialsFrom } from '../../../../agent/src/link/credentials.ts';
import { createLink } from '../../../../agent/src/link/link.ts';
import { createOutbox } from '../../../../agent/src/link/outbox.ts';
import { type Certificate, createAuthority, selfSigned } from '../../../support/certificates.ts';
import { whenFinished } from '../../../support/test-end.ts';

const authority = createAuthority();
const day = 86_400_000;

/** What becomes of a worker that dials: `open`, or the line that it tells its user. */
async function dialled(url: string, credentials: () => Credentials): Promise<string> {
  const troubles: string[] = [];
  const link = createLink({
    url: `${url}/v1/worker`,
    credentials,
    hello: () => create(HelloSchema, { protocolVersion: 1, worker: 'w', job: 'j', session: 's' }),
    outbox: createOutbox(),
    log: { error: () => {}, info: () => {}, debug: () => {}, trouble: (line) => void troubles.push(line) },
    random: () => 0.5,
    onWelcome: () => {},
    onSampleRequest: () => {},
    onStatusRequest: () => {},
  });
  whenFinished(() => link.stop());
  link.tick(1000);
  await vi.waitFor(() => expect(link.open || troubles.length > 0).toBe(true), 5000);
  return link.open ? 'open' : (troubles[0] ?? '');
}

/** A server with a certificate; counts who has got past the handshake. */
async function serve(certificate: Certificate, options: object = {}) {
  const server = createServer({ ...certificate, ...options });
  let requests = 0;
  server.on('upgrade', (_request, socket) => {
    requests += 1;
    socket.destroy();
  });
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  whenFinished(() => {
    server.closeAllConnections();
    server.close();
  });
  return { url: `wss://127.0.0.1:${(server.address() as AddressInfo).port}`, requests: () => requests };
}

function fileOf(content: string): string {
  const folder = mkdtempSync(join(tmpdir(), 'streamgauge-tls-'));
  whenFinished(() => rmSync(folder, { recursive: true, force: true }));
  writeFileSync(join(folder, 'pem'), content);
  return join(folder, 'pem');
}

const refused: readonly [string, () => Certificate, RegExp][] = [
  ['that has expired', () => authority.issue({ notAfter: new Date(Date.now() - day) }), /has expired/],
  [
    'that is not valid yet',
    () => authority.issue({ notBefore: new Date(Date.now() + day), notAfter: new Date(Date.now() + 2 * day) }),
    /not valid yet/,
  ],
  ['for another name', () => authority.issue({ names: ['monitor.example', '192.0.2.1'] }), /for another name/],
  ['signed by itself', () => selfSigned(), /signed by itself.*STREAMGAUGE_TLS_CA_FILE/],
  ['of an authority of the same name', () => createAuthority().issue(), /TLS_CA_FILE|signature failure/],
];

test.each(refused)(
  'a certificate %s is refused in one clear sentence, and nothing is sent',
  async (_, certificate, sentence) => {
    // The program may have this for connections of its own; the token is not for whoever is in the middle.
    vi.stubEnv('NODE_TLS_REJECT_UNAUTHORIZED', '0');
    whenFinished(() => void vi.unstubAllEnvs());
    const { url, requests } = await serve(certificate());
    const line = await dialled(url, () => ({ token: 'secret', ca: authority.cert }));
    expect(line).toMatch(sentence);
    expect(line).not.toContain('secret');
    expect(requests()).toBe(0);
  },
);

test('an authority that nobody has named is not trusted', async () => {
  const { url, requests } = await serve(authority.issue());
  expect(await dialled(url, () => ({}))).toMatch(/not trusted here: name it in STREAMGAUGE_TLS_CA_FILE/);
  expect(requests()).toBe(0);
});

test('a worker without the certificate that the monitor asks for is told so', async () => {
  const { url } = await serve(authority.issue(), { ca: authority.cert, requestCert: true, rejectUnauthorized: true });
  expect(await dialled(url, () => ({ ca: authority.cert }))).toMatch(
    /asks for a certificate: set STREAMGAUGE_TLS_CERT_FILE/,
  );
});

test.each([
  ['whose time is over', () => authority.issue({ notAfter: new Date(Date.now() - day) })],
  ['that the monitor does not trust', () => createAuthority('another').issue()],
])('a worker with a certificate %s is told where to look', async (_, certificate) => {
  const { url } = await serve(authority.issue(), { ca: authority.cert, requestCert: true, rejectUnauthorized: true });
  const line = await dialled(url, () => ({ ca: authority.cert, ...certificate() }));
  expect(line).toMatch(/hung up: it may not trust the certificate in STREAMGAUGE_TLS_CERT_FILE/);
});

test('a monitor that speaks an older TLS is understood when it asks for a certificate', async () => {
  const options = { ca: authority.cert, requestCert: true, rejectUnauthorized: true, maxVersion: 'TLSv1.2' };
  const { url } = await serve(authority.issue(), options);
  expect(await dialled(url, () => ({ ca: authority.cert }))).toMatch(/asks for a certificate/);
});

test('an address without TLS is told as such', async () => {
  const monitor = await startMonitor({ port: 0, log: 'off' });
  whenFinished(() => monitor.close());
  expect(await dialled(monitor.url.replace('http', 'wss'), () => ({}))).toMatch(
    /no TLS at that address: dial it with ws:/,
  );
});

test('a monitor with TLS that is dialled without it is told as such', async () => {
  const { url } = await serve(authority.issue());
  expect(await dialled(url.replace('wss', 'ws'), () => ({}))).toMatch(/may speak TLS, then dial it with wss:/);
});

test('certificates that cannot be used are told, and dialled with again', async () => {
  const { url } = await serve(authority.issue());
  expect(await dialled(url, () => ({ ca: authority.cert, cert: 'no PEM', key: 'no PEM' }))).toMatch(/no connection/);
});

test('files of all three kinds lead to a monitor that asks for them, and are read anew for each connection', async () => {
  const own = authority.issue();
  const worker = authority.issue();
  const monitor = await startMonitor({
    port: 0,
    log: 'off',
    tls: {
      certFile: fileOf(own.cert),
      keyFile: fileOf(own.key),
      caFile: fileOf(authority.cert),
      clientCertificates: 'required',
    },
  });
  whenFinished(() => monitor.close());
  const files = {
    token: undefined,
    tokenFile: undefined,
    tlsCaFile: fileOf(authority.cert),
    tlsCertFile: fileOf(selfSigned().cert),
    tlsKeyFile: fileOf(worker.key),
  };
  const credentials = credentialsFrom(files);
  const url = monitor.url.replace('http', 'ws');
  expect(await dialled(url, credentials)).toMatch(/no connection/);
  writeFileSync(files.tlsCertFile, worker.cert);
  expect(await dialled(url, credentials)).toBe('open');
});
