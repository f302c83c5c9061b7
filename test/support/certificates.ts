import { generateKeyPairSync, type KeyObject, randomBytes, sign } from 'node:crypto';
import { isIP } from 'node:net';

/**
 * Certificates for tests, made when they are needed, so that none is kept and none runs out: X.509 (RFC 5280) written by hand,
 * as far as TLS looks at it. Neither openssl nor a package has to be there.
 */
export interface Certificate {
  /** PEM. */
  readonly cert: string;
  readonly key: string;
}

export interface CertificateOptions {
  /** DNS names and IP addresses that it is for. Default 127.0.0.1 and localhost. */
  readonly names?: readonly string[];
  /** Default: an hour ago. */
  readonly notBefore?: Date;
  /** Default: in an hour. */
  readonly notAfter?: Date;
}

/** Signs certificates. */
export interface Authority {
  /** Its own certificate, PEM: what has to be trusted. */
  readonly cert: string;
  issue(options?: CertificateOptions): Certificate;
}

const HOUR_MS = 3_600_000;

export function createAuthority(name: string = 'test authority'): Authority {
  const own = generateKeyPairSync('ec', { namedCurve: 'P-256' });
  const cert = certificate(name, name, own.publicKey, own.privateKey, { names: [] }, true);
  return {
    cert,
    issue: (options = {}) => {
      const { publicKey, privateKey } = generateKeyPairSync('ec', { namedCurve: 'P-256' });
      return { cert: certificate('leaf', name, publicKey, own.privateKey, options, false), key: pemOf(privateKey) };
    },
  };
}

/** One that no authority has signed. */
export function selfSigned(options: CertificateOptions = {}): Certificate {
  const { publicKey, privateKey } = generateKeyPairSync('ec', { namedCurve: 'P-256' });
  return { cert: certificate('lone', 'lone', publicKey, privateKey, options, false), key: pemOf(privateKey) };
}

function certificate(
  subject: string,
  issuer: string,
  publicKey: KeyObject,
  signingKey: KeyObject,
  { names = ['127.0.0.1', 'localhost'], ...dates }: CertificateOptions,
  isAuthority: boolean,
): string {
  const notBefore = dates.notBefore ?? new Date(Date.now() - HOUR_MS);
  const notAfter = dates.notAfter ?? new Date(Date.now() + HOUR_MS);
  const constraints = extension('2.5.29.19', true, sequence(...(isAuthority ? [der(0x01, Buffer.from([0xff]))] : [])));
  const alternatives =
    names.length === 0 ? [] : [extension('2.5.29.17', false, sequence(...names.map(alternativeName)))];
  const signed = sequence(
    der(0xa0, integer(Buffer.from([2]))),
    integer(Buffer.concat([Buffer.from([1]), randomBytes(15)])),
    ecdsaWithSha256,
    distinguishedName(issuer),
    sequence(time(notBefore), time(notAfter)),
    distinguishedName(subject),
    publicKey.export({ type: 'spki', format: 'der' }),
    der(0xa3, sequence(constraints, ...alternatives)),
  );
  const signature = sign('sha256', signed, signingKey);
  const whole = sequence(signed, ecdsaWithSha256, der(0x03, Buffer.from([0]), signature));
  const lines = whole.toString('base64').match(/.{1,64}/g) ?? [];
  return ['-----BEGIN CERTIFICATE-----', ...lines, '-----END CERTIFICATE-----', ''].join('\n');
}

function pemOf(key: KeyObject): string {
  return key.export({ type: 'pkcs8', format: 'pem' }).toString();
}

/** Tag, length and value. */
function der(tag: number, ...parts: readonly Buffer[]): Buffer {
  const value = Buffer.concat(parts);
  const { length } = value;
  const head = length < 0x80 ? [length] : length < 0x100 ? [0x81, length] : [0x82, length >> 8, length & 0xff];
  return Buffer.concat([Buffer.from([tag, ...head]), value]);
}

function sequence(...parts: readonly Buffer[]): Buffer {
  return der(0x30, ...parts);
}

function integer(bytes: Buffer): Buffer {
  return der(0x02, bytes);
}

function identifier(text: string): Buffer {
  const [first = 0, second = 0, ...rest] = text.split('.').map(Number);
  const bytes = rest.flatMap((part) => {
    const groups = [part & 0x7f];
    for (let left = part >> 7; left > 0; left >>= 7) groups.unshift((left & 0x7f) | 0x80);
    return groups;
  });
  return der(0x06, Buffer.from([first * 40 + second, ...bytes]));
}

function extension(id: string, critical: boolean, value: Buffer): Buffer {
  return sequence(identifier(id), ...(critical ? [der(0x01, Buffer.from([0xff]))] : []), der(0x04, value));
}

function alternativeName(name: string): Buffer {
  return isIP(name) === 4
    ? der(0x87, Buffer.from(name.split('.').map(Number)))
    : der(0x82, Buffer.from(name, 'latin1'));
}

function distinguishedName(commonName: string): Buffer {
  return sequence(der(0x31, sequence(identifier('2.5.4.3'), der(0x0c, Buffer.from(commonName)))));
}

/** UTCTime, which RFC 5280 asks for until 2049. */
function time(date: Date): Buffer {
  return der(0x17, Buffer.from(`${date.toISOString().slice(2, 19).replace(/[-:T]/g, '')}Z`, 'latin1'));
}

const ecdsaWithSha256 = sequence(identifier('1.2.840.10045.4.3.2'));
