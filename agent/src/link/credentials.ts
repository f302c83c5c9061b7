import { readFileSync } from 'node:fs';
import type { Settings } from '../config.ts';

/** What the worker shows to the monitor, and whom it trusts. */
export interface Credentials {
  readonly token?: string | undefined;
  /** Certificates, PEM. Absent: those that the runtime trusts. */
  readonly ca?: string | undefined;
  /** The worker's own certificate and its key, PEM. */
  readonly cert?: string | undefined;
  readonly key?: string | undefined;
}

type Files = Pick<Settings, 'token' | 'tokenFile' | 'tlsCaFile' | 'tlsCertFile' | 'tlsKeyFile'>;

/**
 * Reads the files anew whenever it is called, once per connection: a token or a certificate that was replaced counts from the next
 * connection on. A file that cannot be read any more leaves what was read before. Never throws.
 */
export function credentialsFrom(files: Files): () => Credentials {
  let known: Credentials = { token: files.token };
  return () => {
    known = {
      token: textOf(files.tokenFile) ?? known.token,
      ca: textOf(files.tlsCaFile) ?? known.ca,
      cert: textOf(files.tlsCertFile) ?? known.cert,
      key: textOf(files.tlsKeyFile) ?? known.key,
    };
    return known;
  };
}

/** Undefined: no such file, or nothing in it. */
function textOf(path: string | undefined): string | undefined {
  if (path === undefined) return undefined;
  try {
    return readFileSync(path, 'utf8').trim() || undefined;
  } catch {
    return undefined;
  }
}
