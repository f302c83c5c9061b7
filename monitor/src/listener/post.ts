import { lookup } from 'node:dns';
import { type ClientRequestArgs, request as httpRequest } from 'node:http';
import { request as httpsRequest } from 'node:https';
import { isIP, type LookupFunction } from 'node:net';
import { AbortError } from 'p-retry';
import type { WebhookSettings } from '../config/settings.ts';
import { isPrivateAddress } from './private-address.ts';

/** Longest wait for one answer. */
const timeoutMs = 5000;

export interface PostResult {
  readonly status: number;
  /** Retry-After as it came. */
  readonly retryAfter: string | undefined;
}

/**
 * Posts JSON and reads the status. The address is checked where it is resolved, for this very connection, so that a name
 * that resolves differently the second time gains nothing.
 *
 * @throws AbortError when the address is private and not allowed; Error when the receiver cannot be reached in time
 */
export async function post(
  { url, allowPrivate = false }: WebhookSettings,
  body: string,
  idempotencyKey: string,
  signal: AbortSignal,
): Promise<PostResult> {
  const target = new URL(url);
  const literal = target.hostname.replace(/^\[|\]$/g, '');
  if (!allowPrivate && isIP(literal) !== 0 && isPrivateAddress(literal)) throw refused(literal);
  const options: ClientRequestArgs = {
    method: 'POST',
    headers: {
      'content-type': 'application/json',
      'content-length': Buffer.byteLength(body),
      'idempotency-key': idempotencyKey,
      'user-agent': 'streamgauge',
    },
    timeout: timeoutMs,
    signal,
    ...(allowPrivate ? {} : { lookup: publicLookup }),
  };
  return new Promise((resolve, reject) => {
    const send = target.protocol === 'https:' ? httpsRequest : httpRequest;
    const request = send(target, options, (response) => {
      response.resume();
      resolve({ status: response.statusCode ?? 0, retryAfter: response.headers['retry-after'] });
    });
    request.on('timeout', () => request.destroy(new Error(`no answer within ${timeoutMs} ms`)));
    request.on('error', reject);
    request.end(body);
  });
}

const publicLookup: LookupFunction = (hostname, options, callback) => {
  lookup(hostname, { ...options, all: true }, (error, addresses) => {
    if (error !== null) return callback(error, '', 0);
    const hostile = addresses.find(({ address }) => isPrivateAddress(address));
    if (hostile !== undefined) return callback(refused(hostname), '', 0);
    if (options.all) return callback(null, addresses);
    const [first] = addresses;
    return callback(null, first?.address ?? '', first?.family ?? 0);
  });
};

function refused(host: string): AbortError {
  return new AbortError(
    `${host} is on this machine or in a private network; set allowPrivate for this webhook to allow it`,
  );
}
