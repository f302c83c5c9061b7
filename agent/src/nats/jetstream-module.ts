import type { LoadWatcher } from '../load/commonjs.ts';
import { userCallSite } from '../operator/call-site.ts';
import type { Graph } from '../operator/graph.ts';
import type { Patches } from '../stream/patch.ts';
import { JetStreamConsumers } from './jetstream-consumers.ts';
import { JetStreamProducers } from './jetstream-producers.ts';
import {
  type ConsumerMessages,
  type JetStreamClient,
  type JetStreamMessage,
  type PublishAnswer,
  verdictOf,
} from './jetstream-types.ts';

/** The files of @nats-io/jetstream 3 that hold the classes of publishers, consumers and messages. */
const FILES = /[\\/]@nats-io[\\/]jetstream[\\/]lib[\\/](?:jsclient|consumer|jsmsg)\.js$/;

type Prototype = Record<string, unknown>;

/** Taken before user code can change it. */
const { then } = Promise.prototype;

/** Follows what a program publishes to JetStream and takes from it through pull consumers. */
export function followJetStream(patches: Patches, graph: Graph): LoadWatcher {
  const producers = new JetStreamProducers(graph);
  const consumers = new JetStreamConsumers(graph);
  const watch = <T>(task: () => T): T | undefined => {
    if (graph.stopped) return undefined;
    try {
      return task();
    } catch (error) {
      graph.onError(error);
      return undefined;
    }
  };
  return {
    file: FILES,
    loaded: (exports) => {
      for (const prototype of prototypesOf(exports, 'JetStreamClientImpl')) hookPublish(prototype);
      for (const prototype of prototypesOf(exports, 'PullConsumerMessagesImpl')) hookMessages(prototype);
      for (const prototype of prototypesOf(exports, 'JsMsgImpl')) hookVerdict(prototype);
    },
  };

  function hookPublish(prototype: Prototype): void {
    patches.method(prototype, 'publish', (original) => {
      return function publish(this: JetStreamClient, ...args: unknown[]): unknown {
        const sent = watch(() => producers.publish(this, args[0], () => userCallSite(publish)));
        const answer = original.apply(this, args) as Promise<PublishAnswer>;
        if (sent === undefined) return answer;
        // One with the same outcome: to look at a promise is to handle its rejection.
        return then.call(
          answer,
          (stored) => {
            watch(() => sent.stored(stored as PublishAnswer));
            return stored;
          },
          (error) => {
            watch(() => sent.refused(error));
            throw error;
          },
        );
      };
    });
  }

  function hookMessages(prototype: Prototype): void {
    patches.method(prototype, 'start', (original) => {
      return function start(this: ConsumerMessages): unknown {
        watch(() => consumers.begin(this, () => userCallSite(start)));
        return original.call(this);
      };
    });
    patches.method(prototype, '_push', (original) => {
      return function _push(this: ConsumerMessages, item: unknown): unknown {
        // What is no message is what is to be done when its turn comes.
        if (typeof item === 'object' && item !== null) watch(() => consumers.take(this, item as JetStreamMessage));
        return original.call(this, item);
      };
    });
  }

  function hookVerdict(prototype: Prototype): void {
    patches.method(prototype, 'doAck', (original) => {
      return function doAck(this: JetStreamMessage, payload: unknown): unknown {
        const settled = this.didAck ? undefined : watch(() => consumers.judged(this, verdictOf(payload)));
        try {
          const result = original.call(this, payload);
          watch(() => settled?.(undefined));
          return result;
        } catch (error) {
          watch(() => settled?.(error));
          throw error;
        }
      };
    });
    patches.method(prototype, 'ackAck', (original) => {
      return function ackAck(this: JetStreamMessage, ...args: unknown[]): unknown {
        const settled = this.didAck ? undefined : watch(() => consumers.judged(this, 'done'));
        const answer = original.apply(this, args) as Promise<unknown>;
        if (settled === undefined) return answer;
        return then.call(
          answer,
          (value) => {
            watch(() => settled(undefined));
            return value;
          },
          (error) => {
            watch(() => settled(error));
            throw error;
          },
        );
      };
    });
  }
}

/** The prototype of an exported class, or nothing. */
function prototypesOf(exports: unknown, name: string): Prototype[] {
  const made: unknown = (exports as Record<string, unknown> | undefined)?.[name];
  const prototype: unknown = typeof made === 'function' ? made.prototype : undefined;
  return typeof prototype === 'object' && prototype !== null ? [prototype as Prototype] : [];
}
