import {
  AcknowledgementSchema,
  type Command,
  create,
  HeartbeatSchema,
  type MonitorMessage,
  MonitorMessageSchema,
  PROTOCOL_VERSION,
  RefusalSchema,
  type SampleRequest,
  type StatusRequest,
  type Topic,
  type TopicOffset,
  TopicOffsetSchema,
  WelcomeSchema,
} from '@streamgauge/proto';
import type { WebSocket } from 'ws';
import type { WorkerWishes } from '../config/provisioning.ts';
import type { MonitorErrorCode } from '../errors.ts';
import type { LinkContext } from './context.ts';
import type { FrameCodec } from './frame-codec.ts';
import { monitorHeartbeatMs, sweepPeriodMs } from './presence.ts';

/** Bytes that may wait for a slow worker before its connection is cut. */
const maxBufferedBytes = 1_048_576;

/** What the monitor says on one connection. */
export class Outgoing {
  readonly #socket: WebSocket;
  readonly #codec: FrameCodec;
  readonly #context: Pick<LinkContext, 'clock' | 'version'>;
  readonly #onSlowReader: () => void;
  #unspokenMs = 0;

  /** `onSlowReader` is called instead of sending when too much waits already; it must end the connection. */
  constructor(
    socket: WebSocket,
    codec: FrameCodec,
    context: Pick<LinkContext, 'clock' | 'version'>,
    onSlowReader: () => void,
  ) {
    this.#socket = socket;
    this.#codec = codec;
    this.#context = context;
    this.#onSlowReader = onSlowReader;
  }

  /** Says something shortly before a period without a word is over, so that a late look still keeps the promise. */
  look(sinceLastLookMs: number): void {
    this.#unspokenMs += sinceLastLookMs;
    if (this.#unspokenMs >= monitorHeartbeatMs - 2 * sweepPeriodMs) this.heartbeat(monitorHeartbeatMs);
  }

  /** A period of 0 says goodbye. */
  heartbeat(periodMillis: number): void {
    this.#send({ case: 'heartbeat', value: create(HeartbeatSchema, { sentUnixNano: this.#nowNano(), periodMillis }) });
  }

  welcome(offsets: ReadonlyMap<Topic, bigint>, wishes: WorkerWishes): void {
    const { version } = this.#context;
    const value = create(WelcomeSchema, {
      protocolVersion: PROTOCOL_VERSION,
      monitorVersion: version,
      settings: {
        reportIntervalMillis: wishes.reportIntervalMs,
        markerIntervalMillis: wishes.markerIntervalMs,
        loopBlockedMillis: wishes.loopBlockedMs,
        disabledFeatures: [...wishes.disabledFeatures],
      },
      offsets: topicOffsets(offsets),
      sentUnixNano: this.#nowNano(),
      heartbeatPeriodMillis: monitorHeartbeatMs,
    });
    this.#send({ case: 'welcome', value });
  }

  acknowledge(offsets: ReadonlyMap<Topic, bigint>): void {
    const value = create(AcknowledgementSchema, { offsets: topicOffsets(offsets) });
    this.#send({ case: 'acknowledgement', value });
  }

  /** False when the connection cannot take it. */
  sampleRequest(value: SampleRequest): boolean {
    return this.#send({ case: 'sampleRequest', value });
  }

  /** The same. */
  statusRequest(value: StatusRequest): boolean {
    return this.#send({ case: 'statusRequest', value });
  }

  /** False when the connection cannot take it. */
  command(value: Command): boolean {
    return this.#send({ case: 'command', value });
  }

  refuse(code: MonitorErrorCode, message: string, retryAfterMillis: number): void {
    this.#send({ case: 'refusal', value: create(RefusalSchema, { code, message, retryAfterMillis }) });
  }

  #send(body: MonitorMessage['body']): boolean {
    if (this.#socket.readyState !== this.#socket.OPEN) return false;
    if (this.#socket.bufferedAmount > maxBufferedBytes) {
      this.#onSlowReader();
      return false;
    }
    this.#unspokenMs = 0;
    this.#socket.send(this.#codec.encode(create(MonitorMessageSchema, { body })));
    return true;
  }

  #nowNano(): bigint {
    return BigInt(Math.round(this.#context.clock.unixMs())) * 1_000_000n;
  }
}

function topicOffsets(offsets: ReadonlyMap<Topic, bigint>): TopicOffset[] {
  return [...offsets].map(([topic, number]) => create(TopicOffsetSchema, { topic, number }));
}
