import type { Event, Topic } from '@streamgauge/proto';
import type { Clock } from '../clock.ts';
import type { EventOrigin, Store } from '../store/store.ts';

/** Events of one connection that may wait for the store; beyond it they are dropped unacknowledged. */
const maxWaiting = 2000;

/** Pause before a write that failed is tried again. */
const retryMs = 1000;

/** Brings the events of one connection into the store, in order, as many at once as have arrived. */
export interface EventLane {
  push(event: Event): void;
  /** Resolves when nothing waits any more. Does not resolve while the store keeps failing. */
  settled(): Promise<void>;
  /** Gives up retries; what is being written goes on. */
  stop(): void;
}

/**
 * Creates a lane. When the store fails, the same events are tried again; when too many wait, all later ones are dropped,
 * because storing a later number would tell the worker that the earlier one is safe. `onOverflow` is then called once, after
 * the store has recovered: the connection is ended, and the worker starts again from what is stored.
 */
export function createEventLane(options: {
  readonly store: Store;
  readonly origin: EventOrigin;
  readonly clock: Clock;
  readonly onStored: (event: Event) => void;
  /** Highest stored number per topic, to be acknowledged. */
  readonly onCommitted: (numbers: ReadonlyMap<Topic, bigint>, repeated: number) => void;
  readonly onFailed: (error: unknown) => void;
  readonly onDropped: () => void;
  readonly onOverflow: () => void;
}): EventLane {
  let waiting: Event[] = [];
  let busy = false;
  let overflowed = false;
  let stopped = false;
  let idleCallbacks: (() => void)[] = [];
  let cancelRetry: (() => void) | undefined;

  const becomeIdle = (): void => {
    const callbacks = idleCallbacks;
    idleCallbacks = [];
    for (const callback of callbacks) callback();
  };

  const write = async (batch: readonly Event[]): Promise<void> => {
    busy = true;
    try {
      const added = await options.store.appendEvents(options.origin, batch);
      for (const event of added) options.onStored(event);
      const numbers = new Map<Topic, bigint>();
      for (const event of batch) numbers.set(event.topic, maxOf(numbers.get(event.topic), event.number));
      options.onCommitted(numbers, batch.length - added.length);
      busy = false;
      next();
    } catch (error) {
      options.onFailed(error);
      if (stopped) {
        busy = false;
        becomeIdle();
      } else {
        cancelRetry = options.clock.after(retryMs, () => {
          cancelRetry = undefined;
          void write(batch);
        });
      }
    }
  };

  const next = (): void => {
    if (busy) return;
    if (waiting.length === 0) {
      if (overflowed && !stopped) options.onOverflow();
      becomeIdle();
      return;
    }
    const batch = waiting;
    waiting = [];
    void write(batch);
  };

  return {
    push: (event) => {
      if (overflowed || waiting.length >= maxWaiting) {
        overflowed = true;
        options.onDropped();
        return;
      }
      waiting.push(event);
      next();
    },
    settled: () =>
      busy || waiting.length > 0 ? new Promise((resolve) => idleCallbacks.push(resolve)) : Promise.resolve(),
    stop: () => {
      stopped = true;
      if (cancelRetry === undefined) return;
      cancelRetry();
      busy = false;
      becomeIdle();
    },
  };
}

function maxOf(left: bigint | undefined, right: bigint): bigint {
  return left === undefined || right > left ? right : left;
}
