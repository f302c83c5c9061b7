import { createHash, timingSafeEqual } from 'node:crypto';

/** Who asks. `trusted` is everybody where no token is configured: then the monitor can only be reached from this machine. */
export type Principal = 'trusted' | 'token' | 'anonymous';

/**
 * Finds out who asks from the Authorization header: `Bearer TOKEN`, or `Basic` with the token as password, which is what a
 * browser can send. Tokens are compared by digest in constant time, so that neither content nor length leaks.
 */
export function identify(authorization: string | undefined, token: string | undefined): Principal {
  if (token === undefined) return 'trusted';
  const presented = presentedToken(authorization);
  if (presented === undefined) return 'anonymous';
  return timingSafeEqual(digest(presented), digest(token)) ? 'token' : 'anonymous';
}

function presentedToken(authorization: string | undefined): string | undefined {
  const [, scheme, value] = /^(bearer|basic) +([\x21-\x7e]{1,4096})$/i.exec(authorization ?? '') ?? [];
  if (scheme === undefined || value === undefined) return undefined;
  if (scheme.toLowerCase() === 'bearer') return value;
  const credentials = Buffer.from(value, 'base64').toString('utf8');
  const colon = credentials.indexOf(':');
  return colon < 0 ? undefined : credentials.slice(colon + 1);
}

function digest(text: string): Buffer {
  return createHash('sha256').update(text).digest();
}
