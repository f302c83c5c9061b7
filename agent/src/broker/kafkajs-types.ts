/** The parts of kafkajs that are used; the library itself is never imported. */

export interface KafkajsMessage {
  readonly offset: string;
}

export interface EachMessagePayload {
  readonly topic: string;
  readonly partition: number;
  readonly message: KafkajsMessage;
}

export interface EachBatchPayload {
  readonly batch: {
    readonly topic: string;
    readonly partition: number;
    readonly messages: readonly KafkajsMessage[];
    lastOffset(): string;
  };
  resolveOffset(offset: string): void;
}

export type Handler<T> = (this: unknown, payload: T) => unknown;

export interface RunConfig {
  readonly autoCommit?: boolean;
  readonly eachBatchAutoResolve?: boolean;
  readonly eachMessage?: Handler<EachMessagePayload>;
  readonly eachBatch?: Handler<EachBatchPayload>;
}

export interface InstrumentationEvent {
  // biome-ignore lint/suspicious/noExplicitAny: each event has a payload of its own
  readonly payload: any;
}

export interface TopicPartitions {
  readonly topic: string;
  readonly partitions: readonly number[];
}

/** What `kafka.consumer()` gives: an object of closures. */
export interface KafkajsConsumer {
  readonly events: Readonly<Record<string, string>>;
  on(event: string, listener: (event: InstrumentationEvent) => void): () => void;
  run(config?: RunConfig): Promise<void>;
  stop(): Promise<void>;
  disconnect(): Promise<void>;
  commitOffsets(offsets: unknown): Promise<void>;
  pause(partitions: unknown): void;
  resume(partitions: unknown): void;
  paused(): readonly TopicPartitions[];
}

export interface RecordMetadata {
  readonly topicName: string;
  readonly partition: number;
  readonly errorCode: number;
  /** Absent from brokers that do not tell. */
  readonly baseOffset?: string;
}

export interface ProducerRecord {
  readonly topic: string;
  readonly messages: readonly unknown[];
}

/** What `kafka.producer()` and `producer.transaction()` give, as far as they send. */
export interface KafkajsSender {
  send(record: ProducerRecord & { readonly acks?: number }): Promise<readonly RecordMetadata[]>;
  sendBatch(batch: {
    readonly acks?: number;
    readonly topicMessages?: readonly ProducerRecord[];
  }): Promise<readonly RecordMetadata[]>;
}

export interface KafkajsProducer extends KafkajsSender {
  readonly events: Readonly<Record<string, string>>;
  on(event: string, listener: (event: InstrumentationEvent) => void): () => void;
  disconnect(): Promise<void>;
}
