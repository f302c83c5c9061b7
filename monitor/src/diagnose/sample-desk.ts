import { create, type Event, SampleKind, SampleRequestSchema } from '@streamgauge/proto';
import type { Clock } from '../clock.ts';
import { MonitorError, monitorErrorCodes } from '../errors.ts';
import type { SampleRequester } from '../progress-monitor.ts';

/** People who may wait for a sample at the same time. */
const maxWaiting = 64;

const wireKinds = { cpu: SampleKind.CPU, await: SampleKind.AWAIT } as const;

/** Samples taken because a person asked, as opposed to the detector. */
export class SampleDesk {
  readonly #waiting = new Map<string, { readonly worker: string; resolve(event: Event): void; cancel(): void }>();
  readonly #request: SampleRequester;
  readonly #clock: Clock;
  readonly #newId: () => string;

  constructor(options: { readonly request: SampleRequester; readonly clock: Clock; readonly newId: () => string }) {
    this.#request = options.request;
    this.#clock = options.clock;
    this.#newId = options.newId;
  }

  /**
   * Asks a worker for a sample; resolves with the event that carries it.
   *
   * @throws MonitorError SG_MONITOR_WORKER_UNAVAILABLE when the worker is not connected or does not answer within timeoutMs,
   * SG_MONITOR_TOO_MANY when too many samples are awaited already.
   */
  ask(
    worker: string,
    request: { readonly kinds: readonly ('cpu' | 'await')[]; readonly durationMs: number; readonly operatorId: number },
    timeoutMs: number,
  ): Promise<Event> {
    if (this.#waiting.size >= maxWaiting) {
      const message = `${maxWaiting} samples are awaited already; try again when some have arrived.`;
      return Promise.reject(new MonitorError(monitorErrorCodes.tooMany, message));
    }
    const requestId = this.#newId();
    return new Promise<Event>((resolve, reject) => {
      const sent = this.#request(
        worker,
        create(SampleRequestSchema, {
          requestId,
          operatorId: request.operatorId,
          kinds: request.kinds.map((kind) => wireKinds[kind]),
          durationMillis: Math.max(0, Math.round(request.durationMs)),
        }),
      );
      if (!sent) {
        const message = `Worker ${JSON.stringify(worker)} is not connected, so it cannot be sampled.`;
        reject(new MonitorError(monitorErrorCodes.workerUnavailable, message));
        return;
      }
      const cancel = this.#clock.after(timeoutMs, () => {
        this.#waiting.delete(requestId);
        const message = `Worker ${JSON.stringify(worker)} did not answer within ${timeoutMs} ms.`;
        reject(new MonitorError(monitorErrorCodes.workerUnavailable, message));
      });
      this.#waiting.set(requestId, { worker, resolve, cancel });
    });
  }

  /** Hands evidence to whoever waits for it. True: somebody did. Another worker's answer is not taken. */
  deliver(worker: string, requestId: string, event: Event): boolean {
    const waiting = this.#waiting.get(requestId);
    if (waiting === undefined || waiting.worker !== worker) return false;
    this.#waiting.delete(requestId);
    waiting.cancel();
    waiting.resolve(event);
    return true;
  }
}
