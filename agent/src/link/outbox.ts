import {
  create,
  type Event,
  EventSchema,
  encodeWorkerMessage,
  LIMITS,
  Topic,
  WorkerMessageSchema,
} from '@streamgauge/proto';

/** What an event is made of before it has its number. */
export type EventPayload = Event['payload'];

/** An event that waits for its acknowledgement, as it goes over the wire. */
export interface PendingEvent {
  readonly topic: Topic;
  readonly number: bigint;
  readonly frame: Uint8Array;
}

/** How much the outbox holds. */
export interface OutboxLimits {
  readonly maxEvents: number;
  readonly maxBytes: number;
}

/** Enough for hours of incidents without a monitor, and little against any worker's heap. */
export const OUTBOX_LIMITS: OutboxLimits = {
  /** Events that wait for their acknowledgement; beyond it the least important are dropped. */
  maxEvents: 1000,
  /** Bytes of their frames. */
  maxBytes: 4 * 1024 * 1024,
};

/** Keeps what must not be lost until the monitor has acknowledged it. */
export interface Outbox {
  /** Events dropped because the outbox was full, since the session began. */
  readonly dropped: number;
  readonly size: number;
  readonly bytes: number;
  /** Numbers and keeps an event. Undefined when it is too large, or there is no room even after dropping others. */
  add(topic: Topic, unixMs: number, payload: EventPayload): PendingEvent | undefined;
  /** The monitor's store holds everything of that topic up to that number. */
  acknowledge(topic: Topic, number: bigint): void;
  /** Everything unacknowledged, in the order it happened. */
  pending(): readonly PendingEvent[];
}

/** Least important first: what is dropped first when the outbox is full. */
const BY_IMPORTANCE: readonly Topic[] = [Topic.STATUS, Topic.EVIDENCE, Topic.FAILURES, Topic.LIFECYCLE];

/** An empty outbox. */
export function createOutbox(limits: OutboxLimits = OUTBOX_LIMITS): Outbox {
  const numbers = new Map<Topic, bigint>();
  let events: PendingEvent[] = [];
  let bytes = 0;
  let dropped = 0;

  return {
    get dropped() {
      return dropped;
    },
    get size() {
      return events.length;
    },
    get bytes() {
      return bytes;
    },
    add(topic, unixMs, payload) {
      const number = (numbers.get(topic) ?? 0n) + 1n;
      numbers.set(topic, number);
      const event = create(EventSchema, {
        topic,
        number,
        atUnixNano: BigInt(Math.round(unixMs)) * 1_000_000n,
        payload,
      });
      const frame = encodeWorkerMessage(create(WorkerMessageSchema, { body: { case: 'event', value: event } }));
      if (frame.length > Math.min(limits.maxBytes, LIMITS.FRAME_BYTES)) {
        // Sent, it would only make the monitor close the connection, and then again with every replay.
        dropped += 1;
        return undefined;
      }
      while (!fits(frame.length)) {
        const victim = leastImportant(topic);
        if (victim === undefined) {
          dropped += 1;
          return undefined;
        }
        remove(victim);
        dropped += 1;
      }
      const pending = { topic, number, frame };
      events.push(pending);
      bytes += frame.length;
      return pending;
    },
    acknowledge(topic, number) {
      for (const event of events.filter((candidate) => candidate.topic === topic && candidate.number <= number)) {
        remove(event);
      }
    },
    pending: () => [...events],
  };

  function fits(size: number): boolean {
    return events.length + 1 <= limits.maxEvents && bytes + size <= limits.maxBytes;
  }

  /** The oldest event of the least important topic that is no more important than the newcomer's. */
  function leastImportant(newcomer: Topic): PendingEvent | undefined {
    for (const topic of BY_IMPORTANCE) {
      const oldest = events.find((event) => event.topic === topic);
      if (oldest !== undefined) return oldest;
      if (topic === newcomer) return undefined;
    }
    return undefined;
  }

  function remove(event: PendingEvent): void {
    events = events.filter((other) => other !== event);
    bytes -= event.frame.length;
  }
}
