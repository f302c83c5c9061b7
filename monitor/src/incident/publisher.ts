import type { Clock } from '../clock.ts';
import { messageOf } from '../errors.ts';
import type { Logger } from '../log.ts';
import type { Store } from '../store/store.ts';
import type { IncidentEvent } from './incident.ts';

/** A store that has not answered by then has failed for this event, milliseconds. */
const saveTimeoutMs = 5000;
/** Pauses between two attempts to save an incident that failed, milliseconds; the last one is repeated. */
const retryPausesMs = [1000, 2000, 5000, 15_000, 30_000];
/** Events that may wait for the store; beyond it the oldest update is left out, never an opening or a resolution. */
const maxWaiting = 10_000;
/** Incidents whose newest version may wait for the store to work again. */
const maxRetries = 10_000;

/** What the publisher has lost or had trouble with, since the monitor started. */
export interface PublisherCounters {
  readonly saveFailures: number;
  readonly updatesDropped: number;
  readonly retriesDropped: number;
}

/**
 * Carries incident events to the store and then, in the same order, to everybody who listens. An event is told after the store
 * has it. When the store fails the event is told all the same, because a full disk must not silence an alert; the newest
 * version of its incident is saved again until that works.
 */
export class Publisher {
  readonly #store: Pick<Store, 'saveIncident'>;
  readonly #clock: Clock;
  readonly #logger: Logger;
  readonly #tell: (event: IncidentEvent) => void;
  readonly #waiting: IncidentEvent[] = [];
  readonly #unsaved = new Map<string, IncidentEvent>();
  #running: Promise<void> | null = null;
  #cancelRetry: (() => void) | null = null;
  #attempts = 0;
  #saveFailures = 0;
  #updatesDropped = 0;
  #retriesDropped = 0;

  constructor(options: {
    readonly store: Pick<Store, 'saveIncident'>;
    readonly clock: Clock;
    readonly logger: Logger;
    readonly tell: (event: IncidentEvent) => void;
  }) {
    this.#store = options.store;
    this.#clock = options.clock;
    this.#logger = options.logger;
    this.#tell = options.tell;
  }

  get counters(): PublisherCounters {
    return {
      saveFailures: this.#saveFailures,
      updatesDropped: this.#updatesDropped,
      retriesDropped: this.#retriesDropped,
    };
  }

  publish(events: readonly IncidentEvent[]): void {
    for (const event of events) {
      if (this.#waiting.length >= maxWaiting) this.#makeRoom();
      this.#waiting.push(event);
    }
    if (this.#running === null && this.#waiting.length > 0) {
      this.#running = this.#run().finally(() => {
        this.#running = null;
      });
    }
  }

  /** Resolves once nothing waits any more, saved or not. */
  async settled(): Promise<void> {
    while (this.#running !== null) await this.#running;
  }

  /** Stops saving again what failed. */
  close(): void {
    this.#cancelRetry?.();
    this.#cancelRetry = null;
  }

  async #run(): Promise<void> {
    for (let event = this.#waiting.shift(); event !== undefined; event = this.#waiting.shift()) {
      if (await this.#save(event)) this.#unsaved.delete(event.incident.id);
      else this.#keepForRetry(event);
      this.#tell(event);
    }
  }

  async #save(event: IncidentEvent): Promise<boolean> {
    let cancel = (): void => {};
    const late = new Promise<never>((_, reject) => {
      cancel = this.#clock.after(saveTimeoutMs, () => reject(new Error(`no answer within ${saveTimeoutMs / 1000} s`)));
    });
    try {
      await Promise.race([this.#store.saveIncident(event.event, event.incident), late]);
      return true;
    } catch (thrown) {
      this.#saveFailures += 1;
      this.#logger.oncePerMinute(
        'incident-save',
        `An incident could not be saved and will be tried again: ${messageOf(thrown)}`,
      );
      return false;
    } finally {
      cancel();
    }
  }

  /** A failed opening stays an opening until it is saved, however often the incident has changed since. */
  #keepForRetry(event: IncidentEvent): void {
    const before = this.#unsaved.get(event.incident.id);
    const name = before?.event === 'incident.opened' && event.event === 'incident.updated' ? before.event : event.event;
    if (before === undefined && this.#unsaved.size >= maxRetries) {
      this.#retriesDropped += 1;
      return;
    }
    this.#unsaved.set(event.incident.id, { event: name, incident: event.incident });
    this.#scheduleRetry();
  }

  #scheduleRetry(): void {
    if (this.#cancelRetry !== null) return;
    const pauseMs = retryPausesMs[Math.min(this.#attempts, retryPausesMs.length - 1)] ?? 30_000;
    this.#cancelRetry = this.#clock.after(pauseMs, () => {
      this.#attempts += 1;
      void this.#retry();
    });
  }

  async #retry(): Promise<void> {
    for (const [id, event] of [...this.#unsaved]) {
      if (!(await this.#save(event))) break;
      if (this.#unsaved.get(id) === event) this.#unsaved.delete(id);
    }
    this.#cancelRetry = null;
    if (this.#unsaved.size === 0) this.#attempts = 0;
    else this.#scheduleRetry();
  }

  #makeRoom(): void {
    const index = this.#waiting.findIndex(({ event }) => event === 'incident.updated');
    this.#waiting.splice(Math.max(0, index), 1);
    this.#updatesDropped += 1;
  }
}
