import { once } from 'node:events';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { get, type RequestOptions } from 'node:https';
import { type AddressInfo, connect as connectPlain } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { connect, createServer, type TLSSocket } from 'node:tls';
import { startMonitor } from '@streamgauge/monitor';
import { describe, expect, test, vi } from 'vitest';
import { openCertificate } from '../../../../monitor/src/http/certificate.ts';
import { createLogger } from '../../../../monitor/src/log.ts';
import { type Certificate, createAuthority } from '../../../support/certificates.ts';
import { FakeClock } from '../../../support/fake-clock.ts';
import { HandMadeWorker } from '../../../support/hand-made-worker.ts';
import { whenFinished } from '../../../support/test-end.ts';

const authority = createAuthority();

function fileOf(name: string, content: string): string {
  const folder = mkdtempSync(join(tmpdir(), 'streamgauge-tls-'));
  whenFinished(() => rmSync(folder, { recursive: true, force: true }));
  writeFileSync(join(folder, name), content);
  return join(folder, name);
}

const filesOf = ({ cert, key }: Certificate) => ({ certFile: fileOf('crt', cert), keyFile: fileOf('key', key) });

/** What a GET answers. */
function textOf(url: string, options: RequestOptions): Promise<string> {
  return new Promise((resolve, reject) => {
    get(url, { agent: false, ...options }, (response) => {
      let text = '';
      response.setEncoding('utf8').on('data', (chunk: string) => {
        text += chunk;
      });
      response.on('end', () => resolve(text));
    }).on('error', reject);
  });
}

/** Status of a GET; rejects when there is no trusted connection. */
function statusOf(url: string, options: RequestOptions): Promise<number | undefined> {
  return new Promise((resolve, reject) => {
    get(url, { agent: false, ...options }, (response) => resolve(response.resume().statusCode)).on('error', reject);
  });
}

describe('a monitor with a certificate', () => {
  test('serves readers and workers over TLS, and nobody without it', async () => {
    const monitor = await startMonitor({ port: 0, log: 'off', tls: filesOf(authority.issue()) });
    whenFinished(() => monitor.close());
    expect(monitor.url).toMatch(/^https:\/\/127\.0\.0\.1:\d+$/);
    expect(await statusOf(`${monitor.url}/healthz`, { ca: authority.cert })).toBe(200);
    await expect(statusOf(`${monitor.url}/healthz`, {})).rejects.toThrow();
    await expect(fetch(monitor.url.replace('https', 'http'))).rejects.toThrow();
    const worker = new HandMadeWorker(`${monitor.url.replace('http', 'ws')}/v1/worker`, { ca: authority.cert });
    expect((await worker.greet()).case).toBe('welcome');
  });

  test('that asks for those of others lets nobody in without one of its authority', async () => {
    const tls = {
      ...filesOf(authority.issue()),
      caFile: fileOf('ca', authority.cert),
      clientCertificates: 'required',
    } as const;
    const lines: string[] = [];
    const written = vi.spyOn(process.stderr, 'write').mockImplementation((line) => lines.push(String(line)) > 0);
    whenFinished(() => written.mockRestore());
    const monitor = await startMonitor({ port: 0, log: 'error', tls });
    whenFinished(() => monitor.close());
    const ca = authority.cert;
    const foreign = createAuthority('test authority').issue();
    const handshakes = async (): Promise<number> => {
      const metrics = await textOf(`${monitor.url}/metrics`, { ca, ...authority.issue() });
      return Number(/^streamgauge_monitor_handshakes_refused_total\S* (\d+)/m.exec(metrics)?.[1] ?? 0);
    };
    expect(await statusOf(`${monitor.url}/healthz`, { ca, ...authority.issue() })).toBe(200);
    await expect(statusOf(`${monitor.url}/healthz`, { ca })).rejects.toThrow();
    await expect(statusOf(`${monitor.url}/healthz`, { ca, ...foreign })).rejects.toThrow();
    await expect(fetch(`${monitor.url.replace('https', 'http')}/healthz`)).rejects.toThrow();
    await vi.waitFor(async () => expect(await handshakes()).toBe(3), 5000);
    const told = lines.join('').match(/(?<=A TLS handshake[ \w.]* failed: )\S.*/g);
    expect(told?.sort()).toEqual([
      'it has shown no certificate, and clientCertificates asks for one.',
      'it speaks no TLS; dial https: or wss: instead of http: or ws:.',
      'its certificate is signed by none of the authorities in caFile.',
    ]);
    const url = `${monitor.url.replace('http', 'ws')}/v1/worker`;
    expect((await new HandMadeWorker(url, { ca, ...authority.issue() }).greet()).case).toBe('welcome');
    expect((await new HandMadeWorker(url, { ca }).closed).code).toBe(1006);
  });

  test('ends in time although somebody has begun a handshake and says nothing more', async () => {
    const monitor = await startMonitor({ port: 0, log: 'off', tls: filesOf(authority.issue()) });
    const { port } = new URL(monitor.url);
    const silent = connectPlain(Number(port), '127.0.0.1');
    silent.on('error', () => {});
    await once(silent, 'connect');
    const startMs = performance.now();
    await monitor.close();
    expect(performance.now() - startMs).toBeLessThan(4000);
    silent.destroy();
  });

  test('does not start with files that are not there or do not belong together', async () => {
    const { certFile } = filesOf(authority.issue());
    const { keyFile } = filesOf(authority.issue());
    const start = (tls: { certFile: string; keyFile: string }) =>
      startMonitor({ port: 0, log: 'off', tls }).catch((error: unknown) => error);
    const code = 'SG_MONITOR_CONFIG_INVALID';
    const message = (text: string) => ({ code, message: expect.stringContaining(text) });
    const mismatch = `${keyFile} does not hold the key of the certificate in ${certFile}`;
    expect(await start({ certFile, keyFile })).toMatchObject(message(mismatch));
    expect(await start({ certFile, keyFile: '/nowhere' })).toMatchObject(message('/nowhere'));
    expect(await start({ certFile: keyFile, keyFile })).toMatchObject(message(`${keyFile} holds no certificate`));
    expect(await start({ certFile, keyFile: certFile })).toMatchObject(message(`${certFile} holds no private key`));
  });
});

describe('a certificate that is replaced', () => {
  async function serve() {
    const files = filesOf(authority.issue());
    const certificate = await openCertificate({ ...files, clientCertificates: 'none' });
    const clock = new FakeClock();
    const lines: string[] = [];
    const server = createServer(certificate.options);
    server.on('secureConnection', (socket) => socket.on('data', (chunk) => socket.write(chunk)).on('error', () => {}));
    server.listen(0, '127.0.0.1');
    await once(server, 'listening');
    const log = createLogger({ level: 'info', write: (line) => lines.push(line), clock });
    const looks = certificate.follow(server, clock, log);
    whenFinished(() => {
      looks.stop();
      server.close();
    });
    const dial = async (): Promise<TLSSocket> => {
      const { port } = server.address() as AddressInfo;
      const socket = connect({ port, host: '127.0.0.1', ca: authority.cert });
      socket.on('error', () => {});
      whenFinished(() => void socket.destroy());
      await once(socket, 'secureConnect');
      return socket;
    };
    const look = async (until: () => boolean): Promise<void> => {
      clock.advance(2000);
      for (let turn = 0; turn < 500 && !until(); turn += 1) await new Promise((resolve) => setTimeout(resolve, 2));
      expect(until()).toBe(true);
    };
    return { files, certificate, dial, look, lookNow: looks.now, lines };
  }
  const numberOf = (socket: TLSSocket): string => socket.getPeerCertificate().serialNumber;

  test('is shown to who dials from then on, and those who are there stay', async () => {
    const { files, dial, look, lines } = await serve();
    const before = await dial();
    const next = authority.issue();
    writeFileSync(files.certFile, next.cert);
    writeFileSync(files.keyFile, next.key);
    await look(() => lines.some((line) => line.includes('has been replaced')));
    expect(numberOf(await dial())).not.toBe(numberOf(before));
    before.write('still here');
    expect(String((await once(before, 'data'))[0])).toBe('still here');
  });

  test('and does not fit its key yet is not taken; that is told until it does', async () => {
    const { files, certificate, dial, look, lines } = await serve();
    const known = numberOf(await dial());
    const next = authority.issue();
    writeFileSync(files.certFile, next.cert);
    await look(() => certificate.warnings(Date.now()).length === 1);
    expect(numberOf(await dial())).toBe(known);
    writeFileSync(files.keyFile, next.key);
    await look(() => certificate.warnings(Date.now()).length === 0);
    expect(numberOf(await dial())).not.toBe(known);
    expect(lines.filter((line) => line.includes('stays in use'))).toHaveLength(1);
  });

  test('is taken at once when somebody asks for a look', async () => {
    const { files, certificate, lookNow, lines } = await serve();
    const next = authority.issue();
    writeFileSync(files.certFile, next.cert);
    await lookNow();
    expect(certificate.warnings(Date.now())).toHaveLength(1);
    writeFileSync(files.keyFile, next.key);
    await lookNow();
    expect([certificate.warnings(Date.now()), lines.at(-1)]).toEqual([
      [],
      expect.stringContaining('has been replaced'),
    ]);
  });

  test('is told of before it expires, and in the log once it has', async () => {
    const notAfter = new Date(Math.floor(Date.now() / 1000) * 1000 + 100_000);
    const files = filesOf(authority.issue({ notBefore: new Date(notAfter.getTime() - 1_000_000), notAfter }));
    const certificate = await openCertificate({ ...files, clientCertificates: 'none' });
    const endMs = notAfter.getTime();
    const sentence = `${files.certFile} %s ${notAfter.toISOString()}; replace it`;
    expect(certificate.warnings(endMs - 100_001)).toEqual([]);
    expect(certificate.warnings(endMs - 100_000)).toEqual([
      expect.stringContaining(sentence.replace('%s', 'expires at')),
    ]);
    expect(certificate.warnings(endMs)).toEqual([expect.stringContaining(sentence.replace('%s', 'has expired at'))]);
    expect(certificate.warnings(endMs - 1_000_001)).toEqual([expect.stringContaining('check the clock')]);
    const lines: string[] = [];
    const clock = new FakeClock();
    const log = createLogger({ level: 'error', write: (line) => lines.push(line), clock });
    const looks = certificate.follow({ setSecureContext: () => {} }, clock, log);
    whenFinished(() => looks.stop());
    await looks.now();
    expect(lines.join()).toContain('check the clock');
  });
});
