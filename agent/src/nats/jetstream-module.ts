import { guardFor } from '../broker/guarded.ts';
import { followOtherwise } from '../iterator/generators.ts';
import type { KnownPackage } from '../load/commonjs.ts';
import { HookedOnce } from '../load/hooked-once.ts';
import { hasMethods, ownerOf } from '../load/prototype-of.ts';
import { userCallSite } from '../operator/call-site.ts';
import type { Graph } from '../operator/graph.ts';
import { sameOutcome } from '../operator/same-outcome.ts';
import type { Patches } from '../stream/patch.ts';
import { JetStreamConsumers } from './jetstream-consumers.ts';
import { JetStreamProducers } from './jetstream-producers.ts';
import {
  type ConsumerMessages,
  type ConsumerNotice,
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
export function followJetStream(patches: Patches, graph: Graph): KnownPackage {
  const producers = new JetStreamProducers(graph);
  const consumers = new JetStreamConsumers(graph);
  const once = new HookedOnce();
  const watch = guardFor(graph);
  return {
    file: FILES,
    loaded: (exports) => {
      once.hook(prototypeOf(exports, 'JetStreamClientImpl'), hookPublish);
      once.hook(prototypeOf(exports, 'PullConsumerMessagesImpl'), hookMessages);
      once.hook(prototypeOf(exports, 'JsMsgImpl'), hookVerdict);
    },
    instrument: (client) => {
      if (hasMethods(client, 'publish', 'jetstreamManager') && 'nc' in client)
        return once.hook(ownerOf(client, 'publish'), hookPublish);
      if (hasMethods(client, 'consume', 'fetch', 'next') && 'stream' in client && 'name' in client)
        return once.hook(ownerOf(client, 'consume'), hookConsumer);
      if (!hasMethods(client, 'start', '_push', 'stop') || !('consumer' in client)) return undefined;
      consumers.begin(client as ConsumerMessages, () => undefined);
      once.hook(ownerOf(client, 'iterate'), hookIterate);
      return once.hook(ownerOf(client, '_push'), hookMessages);
    },
  };

  /** The class of what consume() gives is only to be had from what it gives. */
  function hookConsumer(prototype: Prototype): void {
    for (const name of ['consume', 'fetch']) {
      patches.method(prototype, name, (original) => {
        return function taken(this: unknown, ...args: unknown[]): unknown {
          const answer = original.apply(this, args) as Promise<object>;
          // One with the same outcome: to look at a promise is to handle its rejection.
          return then.call(answer, (messages) => {
            watch(() => {
              const owner = ownerOf(messages as object, '_push');
              if (once.has(owner) || once.hook(owner, hookMessages) !== true) return;
              consumers.begin(messages as ConsumerMessages, () => userCallSite(taken));
              once.hook(ownerOf(messages as object, 'iterate'), hookIterate);
            });
            return messages;
          });
        };
      });
    }
  }

  function hookPublish(prototype: Prototype): void {
    patches.method(prototype, 'publish', (original) => {
      return function publish(this: JetStreamClient, ...args: unknown[]): unknown {
        const sent = watch(() => producers.publish(this, args[0], () => userCallSite(publish)));
        const answer = original.apply(this, args) as Promise<PublishAnswer>;
        if (sent === undefined) return answer;
        return sameOutcome(
          answer,
          (stored) => watch(() => sent.stored(stored)),
          (error) => watch(() => sent.refused(error)),
        );
      };
    });
  }

  function hookMessages(prototype: Prototype): void {
    patches.method(prototype, 'start', (original) => {
      return function start(this: ConsumerMessages): unknown {
        watch(() => {
          consumers.begin(this, () => userCallSite(start));
          once.hook(ownerOf(this, 'iterate'), hookIterate);
        });
        return original.call(this);
      };
    });
    patches.method(prototype, '_push', (original) => {
      return function _push(this: ConsumerMessages, item: unknown): unknown {
        // What is no message is what is to be done when its turn comes.
        if (typeof item === 'object' && item !== null) {
          watch(() => {
            once.hook(ownerOf(item, 'doAck'), hookVerdict);
            consumers.take(this, item as JetStreamMessage);
          });
        }
        return original.call(this, item);
      };
    });
    // What is told to nobody goes through it as well.
    if (typeof prototype.notify === 'function')
      patches.method(prototype, 'notify', (original) => {
        return function notify(this: ConsumerMessages, notice: ConsumerNotice): unknown {
          watch(() => consumers.told(this, notice));
          return original.call(this, notice);
        };
      });
  }

  /** The loop of the user's that takes the messages is their handler, which has a leg. The class is that of all subscriptions. */
  function hookIterate(prototype: Prototype): void {
    patches.method(prototype, 'iterate', (original) => {
      return function iterate(this: object): unknown {
        const iterator: unknown = original.call(this);
        watch(() => {
          if (!consumers.follows(this)) return;
          consumers.looped(this as ConsumerMessages, followOtherwise(iterator, graph.nowMs()));
          watchAsking(iterator as AsyncIterator<unknown>, () => consumers.asked(this as ConsumerMessages));
        });
        return iterator;
      };
    });
  }

  /** Tells when the loop asks for its next message; a loop asks once for each. */
  function watchAsking(iterator: AsyncIterator<unknown>, asked: () => void): void {
    const { next } = iterator;
    Object.defineProperty(iterator, 'next', {
      configurable: true,
      enumerable: false,
      writable: true,
      value: function (this: AsyncIterator<unknown>, ...rest: []): unknown {
        watch(asked);
        return next.apply(this, rest);
      },
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
        return sameOutcome(
          answer,
          () => watch(() => settled(undefined)),
          (error) => watch(() => settled(error)),
        );
      };
    });
  }
}

/** The prototype of an exported class. */
function prototypeOf(exports: unknown, name: string): Prototype | undefined {
  const made: unknown = (exports as Record<string, unknown> | undefined)?.[name];
  const prototype: unknown = typeof made === 'function' ? made.prototype : undefined;
  return typeof prototype === 'object' && prototype !== null ? (prototype as Prototype) : undefined;
}
