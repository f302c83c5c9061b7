import { AgentError, AgentErrorCode } from '../errors.ts';
import { findMainHelper } from '../sample/main-helper.ts';

/** How many of its methods name what is not known. */
const MAX_NAMED_METHODS = 8;

/**
 * Follows a client of a message broker that the agent cannot have found by itself: it was made before the agent started, or its
 * library is part of a bundle. Gives the client back. A client that is followed already stays as it is, and without a running
 * agent nothing happens, so this may stay in code that also runs unwatched.
 * Throws AgentError CLIENT for what is no client of a library that the agent knows.
 */
export function instrument<T extends object>(client: T): T {
  const helper = findMainHelper();
  if (helper?.instrument === undefined) return client;
  const isObject = (typeof client === 'object' && client !== null) || typeof client === 'function';
  if (!isObject || !helper.instrument(client)) {
    throw new AgentError(
      AgentErrorCode.CLIENT,
      `instrument() was given ${describe(client)}. It knows Kafka, its consumers and its producers of kafkajs, clients of ioredis and redis, \
of @nats-io/jetstream the client, consumers and what consume() gives, queues and workers of BullMQ, and connections and channels of amqplib.`,
    );
  }
  return client;
}

/** What a person would recognise it by. */
function describe(value: unknown): string {
  if ((typeof value !== 'object' && typeof value !== 'function') || value === null) return String(value);
  const name: unknown = value.constructor?.name;
  const methods = new Set<string>();
  for (
    let owner: object | null = value;
    owner !== null && owner !== Object.prototype;
    owner = Object.getPrototypeOf(owner)
  )
    for (const [key, { value: member }] of Object.entries(Object.getOwnPropertyDescriptors(owner)))
      if (typeof member === 'function' && key !== 'constructor') methods.add(`${key}()`);
  const named = [...methods].slice(0, MAX_NAMED_METHODS);
  const what =
    typeof name === 'string' && name !== '' && name !== 'Object' ? `an object of the class ${name}` : 'an object';
  return `${what} with ${named.length === 0 ? 'no methods' : named.join(', ')}`;
}
