import type { KnownPackage } from '../load/commonjs.ts';
import { hasMethods, ownerOf } from '../load/prototype-of.ts';
import type { Graph } from '../operator/graph.ts';
import type { Patches } from '../stream/patch.ts';
import { type ConsumerOptions, watchKafkajsConsumer } from './kafkajs-consumer.ts';
import { watchKafkajsProducer } from './kafkajs-producer.ts';
import type { KafkajsConsumer, KafkajsProducer } from './kafkajs-types.ts';

/** The file of the class `Kafka`. */
const CLIENT_FILE = /[\\/]kafkajs[\\/]src[\\/]index\.js$/;

/** Follows every consumer and producer that kafkajs makes. */
export function followKafkajs(patches: Patches, graph: Graph): KnownPackage {
  const followed: WeakSet<object> = new WeakSet();
  /** Does it unless it was done for this object before. */
  const once = (object: object, follow: () => unknown): void => {
    if (graph.stopped || followed.has(object)) return;
    followed.add(object);
    try {
      follow();
    } catch (error) {
      graph.onError(error);
    }
  };
  const consumer = (made: object, options: ConsumerOptions): void =>
    once(made, () => watchKafkajsConsumer(graph, made as KafkajsConsumer, options));
  const producer = (made: object): void => once(made, () => watchKafkajsProducer(graph, made as KafkajsProducer));

  const client = (prototype: Record<string, unknown>): void =>
    once(prototype, () => {
      patches.method(prototype, 'consumer', (original) => {
        return function madeConsumer(this: unknown, options: ConsumerOptions): unknown {
          const made = original.call(this, options) as object;
          consumer(made, options);
          return made;
        };
      });
      patches.method(prototype, 'producer', (original) => {
        return function madeProducer(this: unknown, ...options: unknown[]): unknown {
          const made = original.apply(this, options) as object;
          producer(made);
          return made;
        };
      });
    });

  return {
    file: CLIENT_FILE,
    loaded: (exports) => {
      if (typeof exports === 'function') client(exports.prototype);
    },
    instrument: (object) => {
      if (hasMethods(object, 'consumer', 'producer', 'admin')) {
        const prototype = ownerOf(object, 'consumer');
        if (prototype !== undefined) client(prototype);
        return prototype && true;
      }
      if (!hasMethods(object, 'connect', 'disconnect', 'on') || !('events' in object)) return undefined;
      if (hasMethods(object, 'subscribe', 'run')) consumer(object, {});
      else if (hasMethods(object, 'send', 'sendBatch')) producer(object);
      else return undefined;
      return true;
    },
  };
}
