import { CloseCode } from '@streamgauge/proto';
import type { Credentials } from './credentials.ts';
import type { Ending } from './monitor-socket.ts';

/** The token is missing, wrong, withdrawn or has expired. */
export function isUnauthorised({ code, status }: Pick<Ending, 'code' | 'status'>): boolean {
  return status === 401 || code === CloseCode.UNAUTHORISED;
}

/**
 * What a person can do about an ending that will not go away by itself; undefined for all others.
 *
 * @param shown what the worker had shown to the monitor
 */
export function mendOf({ code, status }: Ending, { token }: Pick<Credentials, 'token'>): string | undefined {
  if (isUnauthorised({ code, status }))
    return token === undefined
      ? 'The monitor asks for a token: set STREAMGAUGE_TOKEN_FILE or STREAMGAUGE_TOKEN'
      : 'The token is wrong or has expired: set STREAMGAUGE_TOKEN_FILE or STREAMGAUGE_TOKEN to one that the monitor takes';
  if (status === 403 || code === CloseCode.FORBIDDEN)
    return 'The monitor does not let this worker in: its token needs the role worker, for the name and the job of this worker';
  if (status === 404 || status === 200) return 'Check that STREAMGAUGE_MONITOR_URL names a monitor';
  if (code === CloseCode.REPLACED)
    return 'Another process has connected under the same name: give each its own STREAMGAUGE_WORKER';
  if (code === CloseCode.PROTOCOL_VERSION)
    return 'Agent and monitor speak different versions of the protocol: update the older one';
  return undefined;
}
