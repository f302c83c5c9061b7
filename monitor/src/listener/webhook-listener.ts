import { setTimeout as delay } from 'node:timers/promises';
import pRetry, { AbortError } from 'p-retry';
import type { Clock } from '../clock.ts';
import type { WebhookSettings } from '../config/settings.ts';
import type { IncidentListener } from './listener.ts';
import { post } from './post.ts';
import { retryAfterMs } from './retry-after.ts';

/** How often one event is tried again before it is given up. */
const retries = 5;

/**
 * Posts every event as JSON `{"event":…,"incident":{…}}` to one address. Tries again, with growing pauses, when the receiver
 * cannot be reached or answers 429 or 5xx; every try carries the same `idempotency-key`. Redirects are not followed.
 */
export function webhookListener(
  settings: WebhookSettings,
  index: number,
  { unixMs }: Pick<Clock, 'unixMs'>,
): IncidentListener {
  return {
    name: `webhook-${index + 1}`,
    types: settings.types,
    onIncident: async (incident, { event, deliveryKey, signal }) => {
      const body = JSON.stringify({ event, incident });
      const attempt = async (): Promise<void> => {
        const { status, retryAfter } = await post(settings, body, deliveryKey, signal);
        if (status >= 200 && status < 300) return;
        const failure = new Error(`the receiver answered ${status}`);
        if (status !== 429 && status < 500) throw new AbortError(failure);
        const pauseMs = retryAfterMs(retryAfter, unixMs());
        if (pauseMs > 0) await delay(pauseMs, undefined, { signal });
        throw failure;
      };
      await pRetry(attempt, { retries, minTimeout: 200, maxTimeout: 5000, randomize: true, signal });
    },
  };
}
