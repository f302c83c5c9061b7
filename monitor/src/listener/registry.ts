import type { Meter } from '@opentelemetry/api';
import PQueue from 'p-queue';
import type { Clock } from '../clock.ts';
import { MonitorError, messageOf, monitorErrorCodes } from '../errors.ts';
import type { Incident, IncidentEvent, IncidentFilter } from '../incident/incident.ts';
import type { Logger } from '../log.ts';
import type { ProgressMonitor } from '../progress-monitor.ts';
import type { IncidentListener } from './listener.ts';

/** How long one call of a listener may take before the next event no longer waits for it. */
const defaultListenerTimeoutMs = 30_000;
/** Events that may wait for one listener; further ones are dropped and counted. */
const defaultListenerQueueLimit = 1000;
/** Calls in a row that took too long, after which a listener is left alone for a while: each leaves a call behind that goes on. */
const hungCalls = 3;
/** How long it is left alone. Its events wait meanwhile, as far as there is room. */
const listenerRestMs = 60_000;

export interface ListenerRegistryOptions {
  readonly listeners: readonly IncidentListener[];
  readonly clock: Clock;
  readonly progress: Pick<ProgressMonitor, 'job' | 'worker'>;
  readonly history: (filter: IncidentFilter) => Promise<readonly Incident[]>;
  readonly meter: Meter;
  readonly logger: Logger;
  readonly onFailure: (listener: string, reason: string) => void;
  /** A call has come to its end. */
  readonly onTold: (listener: string) => void;
  readonly onDropped: (listener: string) => void;
  readonly timeoutMs?: number;
  readonly queueLimit?: number;
}

/** Tells every listener of every event, each in its own queue: what one does, or fails to do, never reaches another. */
export interface ListenerRegistry {
  notify(event: IncidentEvent): void;
  /** Waits for what is under way, at most that long, then aborts it. */
  close(withinMs: number): Promise<void>;
}

/** @throws MonitorError SG_MONITOR_CONFIG_INVALID when two listeners have the same name */
export function createListenerRegistry(options: ListenerRegistryOptions): ListenerRegistry {
  const lanes = options.listeners.map((listener) => new Lane(listener, options));
  const names = new Set(options.listeners.map(({ name }) => name));
  if (names.size < lanes.length)
    throw new MonitorError(monitorErrorCodes.configInvalid, 'Two listeners have the same name; give each its own.');
  return {
    notify: (event) => {
      for (const lane of lanes) lane.add(event);
    },
    close: async (withinMs) => {
      await Promise.all(lanes.map((lane) => lane.close(withinMs)));
    },
  };
}

/** One listener and the events that wait for it, in order: a resolution never overtakes its opening. */
class Lane {
  readonly #listener: IncidentListener;
  readonly #options: ListenerRegistryOptions;
  // Without a time-out of its own: that would run on a timer which nobody can inject.
  readonly #queue: PQueue = new PQueue({ concurrency: 1 });
  readonly #limit: number;
  readonly #timeoutMs: number;
  /** Ends the newest call. */
  #call: AbortController | undefined;
  #closing = false;
  #closed = false;
  #deliveries = 0;
  /** Calls in a row that took too long. */
  #hung = 0;
  #cancelRest = (): void => {};

  constructor(listener: IncidentListener, options: ListenerRegistryOptions) {
    this.#listener = listener;
    this.#options = options;
    this.#limit = options.queueLimit ?? defaultListenerQueueLimit;
    this.#timeoutMs = options.timeoutMs ?? defaultListenerTimeoutMs;
  }

  add(event: IncidentEvent): void {
    const { name, types } = this.#listener;
    if (types !== undefined && !types.includes(event.incident.type)) return;
    if (this.#queue.size >= this.#limit || this.#closed) {
      this.#options.onDropped(name);
      this.#options.logger.oncePerMinute(
        `listener ${name} dropped`,
        `listener ${name} is too slow: an event was dropped`,
      );
      return;
    }
    const deliveryKey = `${event.incident.dedupKey}:${event.incident.id}:${++this.#deliveries}`;
    const call = new AbortController();
    let cancelTimeout = (): void => {};
    const tell = (): Promise<void> => {
      this.#call = call;
      cancelTimeout = this.#options.clock.after(this.#timeoutMs, () => {
        this.#hung += 1;
        // Before the end of this call, which would begin the next one.
        if (this.#isHung && !this.#closing) this.#rest();
        call.abort(new Error('it took too long'));
      });
      return this.#tell(event, deliveryKey, call.signal);
    };
    this.#queue
      .add(tell, { signal: call.signal })
      .then(
        () => this.#told(),
        (error: unknown) => this.#failed(error, call.signal.aborted),
      )
      .finally(() => cancelTimeout());
  }

  async close(withinMs: number): Promise<void> {
    this.#closing = true;
    this.#cancelRest();
    this.#queue.start();
    const cancel = this.#options.clock.after(withinMs, () => this.#end());
    await this.#queue.onIdle();
    cancel();
    this.#end();
  }

  #end(): void {
    this.#closed = true;
    this.#queue.clear();
    this.#call?.abort();
  }

  async #tell({ event, incident }: IncidentEvent, deliveryKey: string, signal: AbortSignal): Promise<void> {
    const { progress, history, meter, logger } = this.#options;
    await this.#listener.onIncident(incident, {
      event,
      deliveryKey,
      meter,
      logger,
      signal,
      job: () => progress.job(incident.job),
      worker: () => progress.worker(incident.worker),
      history,
    });
  }

  #told(): void {
    this.#hung = 0;
    this.#options.onTold(this.#listener.name);
  }

  #failed(error: unknown, hung: boolean): void {
    if (this.#closed) return;
    const { name } = this.#listener;
    if (!hung) this.#hung = 0;
    const rest = this.#isHung ? `, ${this.#hung} times in a row; it is left alone for ${listenerRestMs / 1000} s` : '';
    const reason = `${messageOf(error)}${rest}`;
    this.#options.onFailure(name, reason);
    this.#options.logger.oncePerMinute(`listener ${name} failed`, `listener ${name} failed: ${reason}`);
  }

  get #isHung(): boolean {
    return this.#hung >= hungCalls;
  }

  /** The next call shows whether it is well again; if not, it rests anew. */
  #rest(): void {
    this.#queue.pause();
    this.#cancelRest();
    this.#cancelRest = this.#options.clock.after(listenerRestMs, () => this.#queue.start());
  }
}
