/** What the holder of a token is let do; what each may is in `authorise`. */
export const roles = ['worker', 'reader', 'operator', 'admin'] as const;
/** One of `roles`. */
export type Role = (typeof roles)[number];

/** Who asks. One object per token: once the token is withdrawn or replaced, the object is nobody's any more. */
export interface Principal {
  /** Name of the token, for logs. */
  readonly name: string;
  /** none: nobody the monitor knows. */
  readonly role: Role | 'none';
  /** Patterns of the workers it is for. Absent: all. */
  readonly workers?: readonly string[] | undefined;
  /** Patterns of the jobs it is for. Absent: all. */
  readonly jobs?: readonly string[] | undefined;
}

/** Everybody, where no token is configured: then the monitor can only be reached from this machine. */
export const anybody: Principal = Object.freeze({ name: 'anybody', role: 'admin' });

/** Who has presented no token, or one that the monitor does not know. */
export const stranger: Principal = Object.freeze({ name: 'stranger', role: 'none' });

/** Who comes from an address that has presented too many wrong tokens, whatever it presents now. */
export const barred: Principal = Object.freeze({ name: 'barred', role: 'none' });

/** What is said to a stranger: whoever has sent a token looks for the mend elsewhere than who has sent none. */
export function strangerText(authorization: string | undefined): string {
  return authorization === undefined
    ? 'A token is needed: send "Authorization: Bearer TOKEN", or in a browser give it as the password, with any name.'
    : 'The token that was sent is wrong or has expired.';
}

/**
 * The token in an Authorization header: `Bearer TOKEN`, or `Basic` with the token as password, which is what a browser can
 * send. Undefined: there is none.
 */
export function presentedToken(authorization: string | undefined): string | undefined {
  const [, scheme, value] = /^(bearer|basic) +([\x21-\x7e]{1,4096})$/i.exec(authorization ?? '') ?? [];
  if (scheme === undefined || value === undefined) return undefined;
  if (scheme.toLowerCase() === 'bearer') return value;
  const credentials = Buffer.from(value, 'base64').toString('utf8');
  const colon = credentials.indexOf(':');
  return colon < 0 ? undefined : credentials.slice(colon + 1);
}
