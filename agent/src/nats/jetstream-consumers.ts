import { isThenable, reasonOf } from '../broker/handler-call.ts';
import { runAs } from '../broker/handler-context.ts';
import { type NamedConsumer, NamedConsumers } from '../broker/named-consumers.ts';
import type { PullCount } from '../iterator/pull.ts';
import type { ExplicitOperator } from '../operator/explicit-operator.ts';
import type { Graph } from '../operator/graph.ts';
import { jobOf } from '../operator/jobs.ts';
import type { RecordInFlight } from '../operator/record-operator.ts';
import type { SourceLocation } from '../thread/messages.ts';
import {
  answerOf,
  type ConsumerMessages,
  type ConsumerNotice,
  conditionOf,
  type JetStreamMessage,
  type NatsConnection,
  type Verdict,
} from './jetstream-types.ts';

/** Without a request for this long, and with nothing in the handler's hands, the program has stopped to ask, milliseconds. */
const NOT_READING_MS = 1000;
/** Messages of one call that a loop has not come to and that are followed; of further ones it is not known when it has. */
const MAX_AHEAD = 10_000;

/** Taken before user code can change it. */
const { then } = Promise.prototype;

interface Consumer extends NamedConsumer {
  readonly stream: string;
  connection: WeakRef<NatsConnection> | undefined;
  /** Calls of consume(), fetch() and next() that are not over. */
  readonly open: Set<WeakRef<ConsumerMessages>>;
  lastReadMs: number;
  /** What is counted of the loop that began last. */
  loop: PullCount | undefined;
}

/** Where a message came from, and the name it is followed by. */
interface Taken {
  readonly consumer: Consumer;
  readonly key: string;
}

/**
 * Consumers of JetStream. The sequence in the stream is the position; a message is with the handler from when it has come until it
 * is acknowledged, because what waits in the client is as much the program's to do as what it looks at.
 */
export class JetStreamConsumers {
  readonly #graph: Graph;
  readonly #consumers: NamedConsumers<Consumer>;
  readonly #taken: WeakMap<JetStreamMessage, Taken> = new WeakMap();
  /** Calls whose callback is called through a function that looks on. */
  readonly #watched: WeakSet<ConsumerMessages> = new WeakSet();
  /** Of each call with a loop, what the loop has not asked beyond, in the order of arrival, and how much it has. */
  readonly #ahead: WeakMap<ConsumerMessages, { readonly keys: string[]; passed: number }> = new WeakMap();

  constructor(graph: Graph) {
    this.#graph = graph;
    this.#consumers = new NamedConsumers(graph, (consumer, fetch) => this.#look(consumer, fetch));
  }

  /** A call of consume(), fetch() or next() begins. */
  begin(messages: ConsumerMessages, locate: () => SourceLocation | undefined): void {
    const consumer = this.#consumerOf(messages, locate);
    if (consumer === undefined) return;
    const connection = messages.consumer.api?.nc;
    consumer.connection = connection && new WeakRef(connection);
    consumer.open.add(new WeakRef(messages));
    if (typeof messages.callback === 'function') this.#watchCallback(messages, consumer);
    prune(consumer);
  }

  /** Whether these are messages of a consumer that is followed. */
  follows(messages: object): boolean {
    const { consumer } = messages as Partial<ConsumerMessages>;
    return typeof consumer === 'object' && this.#consumers.find(nameOf({ consumer })) !== undefined;
  }

  /** A message has come. */
  take(messages: ConsumerMessages, message: JetStreamMessage): void {
    const consumer = this.#consumers.find(nameOf(messages));
    if (consumer === undefined) return;
    const info = infoOf(message);
    const key =
      info === undefined
        ? `${consumer.stream}, a message without a sequence`
        : `${consumer.stream}@${info.streamSequence}`;
    const fetched = [{ key, position: info && { major: info.streamSequence, minor: 0 } }];
    consumer.legs.fetched({ system: 'nats', name: consumer.stream, partition: '' }, fetched);
    consumer.legs.delivered(fetched);
    if (info !== undefined) consumer.legs.fetch.condition.pending = info.pending;
    this.#taken.set(message, { consumer, key });
    consumer.legs.fetch.accepted();
    if (typeof messages.callback === 'function') return;
    const ahead = this.#ahead.get(messages) ?? { keys: [], passed: 0 };
    this.#ahead.set(messages, ahead);
    if (ahead.keys.length < MAX_AHEAD) ahead.keys.push(key);
  }

  /** A loop over them begins; its iterator is counted there. */
  looped(messages: ConsumerMessages, count: PullCount | undefined): void {
    const consumer = this.#consumers.find(nameOf(messages));
    if (consumer !== undefined) consumer.loop = count;
  }

  /** The loop over them asks for the next one: with those before it is through. */
  asked(messages: ConsumerMessages): void {
    const ahead = this.#ahead.get(messages);
    const legs = this.#consumers.find(nameOf(messages))?.legs;
    if (ahead === undefined || legs === undefined || typeof messages.processed !== 'number') return;
    for (; ahead.passed < messages.processed; ahead.passed++) {
      const key = ahead.keys.shift();
      if (key !== undefined) legs.letGo(key);
    }
  }

  /** The client tells whoever listens what the server has answered. */
  told(messages: ConsumerMessages, notice: ConsumerNotice): void {
    const fetch = this.#consumers.find(nameOf(messages))?.legs.fetch;
    const answer = answerOf(notice);
    if (answer === 'accepted') fetch?.accepted();
    else if (answer !== undefined) fetch?.refused(answer.refused);
  }

  /** The client takes no notice of what a callback gives: a rejection that nobody handles stays one. */
  #watchCallback(messages: ConsumerMessages, consumer: Consumer): void {
    if (this.#watched.has(messages)) return;
    this.#watched.add(messages);
    const callback = messages.callback as (this: unknown, message: JetStreamMessage) => unknown;
    const graph = this.#graph;
    const ended = (message: JetStreamMessage, error?: unknown): void => {
      const key = this.#taken.get(message)?.key;
      if (graph.stopped || key === undefined) return;
      consumer.legs.letGo(key);
      if (error !== undefined) consumer.legs.handle.fail(reasonOf(error), error);
    };
    consumer.handler = new WeakRef(callback as never);
    messages.callback = function (this: unknown, message: JetStreamMessage): unknown {
      if (graph.stopped) return callback.call(this, message);
      const result = runAs(graph, consumer.legs.handle, () => callback.call(this, message));
      if (result instanceof Promise)
        void then.call(
          result,
          () => ended(message),
          (error) => {
            ended(message, error ?? 'it failed without a reason');
            throw error;
          },
        );
      else if (!isThenable(result)) ended(message);
      return result;
    };
  }

  /** The program has come to a verdict; give what this gives to `settled`. */
  judged(message: JetStreamMessage, verdict: Verdict): ((error: unknown) => void) | undefined {
    const taken = this.#taken.get(message);
    if (taken === undefined || verdict === 'goes on') return undefined;
    const { legs } = taken.consumer;
    if (verdict !== 'done') legs.handle.fail(`the message was ${verdict === 'again' ? 'sent back' : verdict}`);
    const commits: readonly RecordInFlight[] = legs.handled([taken.key]);
    return (error) => {
      if (error === undefined) legs.committed(commits);
      else legs.refused(commits, reasonOf(error));
    };
  }

  #consumerOf(messages: ConsumerMessages, locate: () => SourceLocation | undefined): Consumer | undefined {
    const { stream, ordered, _info } = messages.consumer;
    // Nobody says when a message that is not acknowledged is done with.
    if (ordered === true || _info?.config?.ack_policy === 'none') return undefined;
    const name = nameOf(messages);
    const job = jobOf(messages) || jobOf(messages.consumer);
    return this.#consumers.of({ name, job, locate }, (legs) => ({
      name,
      stream,
      legs,
      connection: undefined,
      open: new Set(),
      lastReadMs: this.#graph.nowMs(),
      loop: undefined,
      handler: undefined,
    }));
  }

  #look(consumer: Consumer, fetch: ExplicitOperator): void {
    const condition = conditionOf(consumer.connection?.deref());
    if (condition === 'closed') {
      this.#consumers.end(consumer);
      return;
    }
    consumer.legs.connected(condition === 'connected');
    consumer.legs.givesTo(consumer.loop?.takenIn?.producer);
    prune(consumer);
    if (consumer.open.size > 0 || consumer.legs.handling > 0) consumer.lastReadMs = this.#graph.nowMs();
    const longAgo = this.#graph.nowMs() - consumer.lastReadMs >= NOT_READING_MS;
    fetch.condition.pauseReason = longAgo ? 'the program does not read' : undefined;
  }
}

function nameOf({ consumer }: Pick<ConsumerMessages, 'consumer'>): string {
  return `${consumer.stream}/${consumer.name}`;
}

/** Reading it throws for what is no message of JetStream, and anybody may send to the subject at which a consumer listens. */
function infoOf(message: JetStreamMessage): JetStreamMessage['info'] | undefined {
  try {
    const { streamSequence, pending } = message.info;
    return Number.isSafeInteger(streamSequence) && Number.isSafeInteger(pending) ? message.info : undefined;
  } catch {
    return undefined;
  }
}

/** Forgets the calls that are over. */
function prune({ open }: Consumer): void {
  for (const reference of open) if (reference.deref()?.done !== false) open.delete(reference);
}
