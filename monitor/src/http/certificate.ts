import type { SecureContextOptions } from 'node:tls';
import type { Clock } from '../clock.ts';
import { invalid } from '../config/resolve.ts';
import type { MonitorConfig } from '../config/settings.ts';
import { messageOf } from '../errors.ts';
import type { Logger } from '../log.ts';
import { lookRegularly, type RegularLook } from '../regular-look.ts';
import { readCertificate, timeFault } from './certificate-files.ts';

/** Pause between two looks at the files of the certificate. */
const certificateLookMs = 2000;

/** What the certificate is given to when it has changed: `server.setSecureContext` keeps the connections that are open. */
interface SecureServer {
  setSecureContext(options: SecureContextOptions): void;
}

/** What a server speaks TLS with. */
export interface Certificate {
  readonly options: SecureContextOptions & { readonly requestCert: boolean; readonly rejectUnauthorized: boolean };
  /** Gives the server the files anew when they have changed, until that is stopped. */
  follow(server: SecureServer, clock: Clock, log: Logger): RegularLook;
  /** What is amiss with the certificate, and with the files when they are not in use, one sentence each. */
  warnings(nowUnixMs: number): readonly string[];
}

/**
 * Reads the files of the certificate.
 *
 * @throws MonitorError SG_MONITOR_CONFIG_INVALID when a file cannot be read, or they do not belong together
 */
export async function openCertificate(files: NonNullable<MonitorConfig['tls']>): Promise<Certificate> {
  let inUse = await readCertificate(files).catch((error: unknown) => {
    throw invalid([`tls: ${messageOf(error)}; give PEM files of a certificate and of its key`]);
  });
  let fault: string | undefined;
  const look = async (server: SecureServer, nowUnixMs: number, log: Logger): Promise<void> => {
    try {
      const found = await readCertificate(files);
      fault = undefined;
      const [now, before] = [found.options, inUse.options];
      if (now.cert !== before.cert || now.key !== before.key || now.ca !== before.ca) {
        server.setSecureContext(now);
        inUse = found;
        log.info('The certificate has been replaced; connections that are open go on.');
      }
    } catch (error) {
      fault = `the certificate that was read before stays in use: ${messageOf(error)}`;
      log.oncePerMinute('certificate', `tls: ${fault}.`);
    }
    const { isOver, sentence } = timeFault(inUse, nowUnixMs) ?? {};
    if (isOver) log.oncePerMinute('certificate-time', `tls: ${sentence}.`);
  };
  const asks = files.clientCertificates === 'required';
  return {
    options: { ...inUse.options, requestCert: asks, rejectUnauthorized: asks },
    follow: (server, clock, log) => lookRegularly(clock, certificateLookMs, () => look(server, clock.unixMs(), log)),
    warnings: (nowUnixMs) =>
      [fault, timeFault(inUse, nowUnixMs)?.sentence].flatMap((sentence) =>
        sentence === undefined ? [] : [`tls: ${sentence}`],
      ),
  };
}
