import { createPrivateKey, type KeyObject, X509Certificate } from 'node:crypto';
import { readFile } from 'node:fs/promises';
import { createSecureContext, type SecureContextOptions } from 'node:tls';
import type { MonitorConfig } from '../config/settings.ts';

/** From which part of its life on somebody should have renewed a certificate, and how long before its end at most. */
const renewalShare = 1 / 10;
const longestNoticeMs = 7 * 86_400_000;

/** A certificate that a server can use. */
export interface ReadCertificate {
  readonly options: SecureContextOptions & { readonly cert: string };
  readonly file: string;
  readonly fromUnixMs: number;
  readonly toUnixMs: number;
}

/** Throws with a sentence, without its full stop, that names the file; also while one was replaced and the other not yet. */
export async function readCertificate(files: NonNullable<MonitorConfig['tls']>): Promise<ReadCertificate> {
  const { certFile, keyFile, caFile } = files;
  const [cert, key, ca] = await Promise.all([
    readFile(certFile, 'utf8'),
    readFile(keyFile, 'utf8'),
    caFile === undefined ? undefined : readFile(caFile, 'utf8'),
  ]);
  const certificate = certificateIn(cert, certFile);
  // OpenSSL says neither which of the files it means nor what is to be done.
  if (!certificate.checkPrivateKey(keyIn(key, keyFile)))
    throw new Error(`${keyFile} does not hold the key of the certificate in ${certFile}`);
  if (ca !== undefined && caFile !== undefined) certificateIn(ca, caFile);
  const options = { cert, key, ...(ca === undefined ? {} : { ca }), minVersion: 'TLSv1.2' } as const;
  createSecureContext(options);
  const { validFrom, validTo } = certificate;
  return { options, file: certFile, fromUnixMs: Date.parse(validFrom), toUnixMs: Date.parse(validTo) };
}

/** What is amiss with the time of a certificate, without a full stop. isOver: clients refuse it. */
export function timeFault(
  { file, fromUnixMs, toUnixMs }: Omit<ReadCertificate, 'options'>,
  nowUnixMs: number,
): { readonly isOver: boolean; readonly sentence: string } | undefined {
  const day = (unixMs: number): string => new Date(unixMs).toISOString();
  if (nowUnixMs < fromUnixMs)
    return {
      isOver: true,
      sentence: `the certificate in ${file} is valid from ${day(fromUnixMs)} on; check the clock`,
    };
  if (nowUnixMs >= toUnixMs)
    return { isOver: true, sentence: `the certificate in ${file} has expired at ${day(toUnixMs)}; replace it` };
  const noticeMs = Math.min(longestNoticeMs, (toUnixMs - fromUnixMs) * renewalShare);
  if (nowUnixMs < toUnixMs - noticeMs) return undefined;
  return { isOver: false, sentence: `the certificate in ${file} expires at ${day(toUnixMs)}; replace it` };
}

function certificateIn(text: string, file: string): X509Certificate {
  try {
    return new X509Certificate(text);
  } catch {
    throw new Error(`${file} holds no certificate in the form of PEM`);
  }
}

function keyIn(text: string, file: string): KeyObject {
  try {
    return createPrivateKey(text);
  } catch {
    throw new Error(`${file} holds no private key in the form of PEM, or one with a passphrase`);
  }
}
