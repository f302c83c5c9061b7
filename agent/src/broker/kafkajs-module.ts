import type { LoadWatcher } from '../load/commonjs.ts';
import type { Graph } from '../operator/graph.ts';
import type { Patches } from '../stream/patch.ts';
import { type ConsumerOptions, watchKafkajsConsumer } from './kafkajs-consumer.ts';
import { watchKafkajsProducer } from './kafkajs-producer.ts';
import type { KafkajsClient, KafkajsConsumer, KafkajsProducer } from './kafkajs-types.ts';

/** The file of the class `Kafka`. */
const CLIENT_FILE = /[\\/]kafkajs[\\/]src[\\/]index\.js$/;

/** Follows every consumer and producer that kafkajs makes, when the library is loaded after the agent. */
export function followKafkajs(patches: Patches, graph: Graph): LoadWatcher {
  return {
    file: CLIENT_FILE,
    loaded: (exports) => {
      if (typeof exports === 'function') hookClient(patches, graph, exports as unknown as KafkajsClient);
    },
  };
}

/** Follows what one copy of kafkajs makes. */
export function hookClient(patches: Patches, graph: Graph, client: KafkajsClient): void {
  const watch = (task: () => unknown): void => {
    if (graph.stopped) return;
    try {
      task();
    } catch (error) {
      graph.onError(error);
    }
  };
  patches.method(client.prototype, 'consumer', (original) => {
    return function consumer(this: unknown, options: ConsumerOptions): unknown {
      const made = original.call(this, options) as KafkajsConsumer;
      watch(() => watchKafkajsConsumer(graph, made, options));
      return made;
    };
  });
  patches.method(client.prototype, 'producer', (original) => {
    return function producer(this: unknown, ...options: unknown[]): unknown {
      const made = original.apply(this, options) as KafkajsProducer;
      watch(() => watchKafkajsProducer(graph, made));
      return made;
    };
  });
}
