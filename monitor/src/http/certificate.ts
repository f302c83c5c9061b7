import { readFile } from 'node:fs/promises';
import { createSecureContext, type SecureContextOptions } from 'node:tls';
import type { Clock } from '../clock.ts';
import { invalid } from '../config/resolve.ts';
import type { MonitorConfig } from '../config/settings.ts';
import { messageOf } from '../errors.ts';
import type { Logger } from '../log.ts';
import { lookRegularly, type RegularLook } from '../regular-look.ts';

/** Pause between two looks at the files of the certificate. */
const certificateLookMs = 2000;

type TlsFiles = NonNullable<MonitorConfig['tls']>;

/** What the certificate is given to when it has changed: `server.setSecureContext` keeps the connections that are open. */
interface SecureServer {
  setSecureContext(options: SecureContextOptions): void;
}

/** What a server speaks TLS with. */
export interface Certificate {
  readonly options: SecureContextOptions & { readonly requestCert: boolean; readonly rejectUnauthorized: boolean };
  /** Gives the server the files anew when they have changed, until that is stopped. */
  follow(server: SecureServer, clock: Clock, log: Logger): RegularLook;
  /** Why the files that are there now are not in use, one sentence; empty when they are. */
  warnings(): readonly string[];
}

/**
 * Reads the files of the certificate.
 *
 * @throws MonitorError SG_MONITOR_CONFIG_INVALID when a file cannot be read, or they do not belong together
 */
export async function openCertificate(files: TlsFiles): Promise<Certificate> {
  let inUse = await readFiles(files).catch((error: unknown) => {
    throw invalid([`tls: ${messageOf(error)}; give PEM files of a certificate and of its key`]);
  });
  let fault: string | undefined;
  const look = async (server: SecureServer, log: Logger): Promise<void> => {
    try {
      const found = await readFiles(files);
      fault = undefined;
      if (found.cert === inUse.cert && found.key === inUse.key && found.ca === inUse.ca) return;
      server.setSecureContext(found);
      inUse = found;
      log.info('The certificate has been replaced; connections that are open go on.');
    } catch (error) {
      fault = `the certificate that was read before stays in use: ${messageOf(error)}`;
      log.oncePerMinute('certificate', `tls: ${fault}.`);
    }
  };
  const asks = files.clientCertificates === 'required';
  return {
    options: { ...inUse, requestCert: asks, rejectUnauthorized: asks },
    follow: (server, clock, log) => lookRegularly(clock, certificateLookMs, () => look(server, log)),
    warnings: () => (fault === undefined ? [] : [`tls: ${fault}`]),
  };
}

/** Throws when they do not belong together, as while one of them is replaced and the other not yet. */
async function readFiles({
  certFile,
  keyFile,
  caFile,
}: TlsFiles): Promise<SecureContextOptions & Record<'cert', string>> {
  const [cert, key, ca] = await Promise.all(
    [certFile, keyFile, caFile].map((file) => (file === undefined ? undefined : readFile(file, 'utf8'))),
  );
  const options = {
    cert: cert ?? '',
    key: key ?? '',
    ...(ca === undefined ? {} : { ca }),
    minVersion: 'TLSv1.2',
  } as const;
  createSecureContext(options);
  return options;
}
