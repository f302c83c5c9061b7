import { guardFor } from '../broker/guarded.ts';
import { isThenable } from '../broker/handler-call.ts';
import { runAs } from '../broker/handler-context.ts';
import type { KnownPackage } from '../load/commonjs.ts';
import { HookedOnce } from '../load/hooked-once.ts';
import { hasMethods, ownerOf } from '../load/prototype-of.ts';
import { userCallSite } from '../operator/call-site.ts';
import type { Graph } from '../operator/graph.ts';
import type { Patches } from '../stream/patch.ts';
import { AmqpConsumers, type Subscription } from './amqplib-consumers.ts';
import { AmqpProducers, type PublishWatch } from './amqplib-producers.ts';
import type { AmqpChannel, AmqpConnection, AmqpMessage, Verdict } from './amqplib-types.ts';
import { ChannelEnds } from './channel-ends.ts';
import type { PublishOptions } from './mark.ts';

/** The files of amqplib that hold connections, what channels have in common, and the two kinds of channels that programs see. */
const FILES = /[\\/]amqplib[\\/]lib[\\/](?:connection|channel|channel_model|callback_model)\.js$/;
/** What a program that closes a channel or a connection says to the broker. */
const GOODBYE = 200;
/** What is told of a handler that throws nothing in particular. */
const NO_REASON = 'it failed without a reason';

type Methods = Record<string, unknown>;
type Callback = (...args: unknown[]) => unknown;

/** Taken before user code can change it. */
const { then } = Promise.prototype;

/** Follows what a program publishes through amqplib and what it takes from queues. */
export function followAmqplib(patches: Patches, graph: Graph): KnownPackage {
  const once = new HookedOnce();
  const ends = new ChannelEnds();
  const producers = new AmqpProducers(graph, ends);
  const consumers = new AmqpConsumers(graph, ends);
  /** What a handler was subscribed with, by the function that is called in its place. */
  const subscriptions: WeakMap<object, Subscription> = new WeakMap();
  /** A message on its way through a channel that confirms: its callback comes next. */
  let unconfirmed: PublishWatch | undefined;
  const watch = guardFor(graph);
  return {
    file: FILES,
    loaded: (exports, file) => {
      const { Connection, BaseChannel, Channel } = (exports ?? {}) as Record<string, unknown>;
      if (/connection\.js$/.test(file)) once.hook(prototypeOf(Connection), hookLeaving);
      else if (/_model\.js$/.test(file)) once.hook(prototypeOf(Channel), hookProgramSide);
      else {
        once.hook(prototypeOf(Channel), hookBase);
        once.hook(prototypeOf(BaseChannel), hookSubscriptions);
      }
    },
    instrument: (client) => {
      if (hasMethods(client, 'createChannel', 'createConfirmChannel'))
        return once.hook(ownerOf(client, 'createChannel'), hookModel);
      return hasMethods(client, 'publish', 'consume', 'sendMessage', 'registerConsumer') ? hookAll(client) : undefined;
    },
  };

  /** Everything that a channel is made of. */
  function hookAll(channel: AmqpChannel): true | undefined {
    const { connection } = channel;
    if (connection !== undefined) once.hook(ownerOf(connection, 'closeBecause'), hookLeaving);
    once.hook(ownerOf(channel, 'closeBecause'), hookBase);
    once.hook(ownerOf(channel, 'registerConsumer'), hookSubscriptions);
    return once.hook(ownerOf(channel, 'consume'), hookProgramSide);
  }

  /** The classes of channels are only to be had from those that are made. */
  function hookModel(prototype: Methods): void {
    for (const name of ['createChannel', 'createConfirmChannel']) {
      patches.method(prototype, name, (original) => {
        return function create(this: unknown, ...rest: unknown[]): unknown {
          const made = original.apply(this, rest);
          // With callbacks it is the channel, which nobody has used yet.
          if (!(made instanceof Promise)) {
            watch(() => hookAll(made as AmqpChannel));
            return made;
          }
          return then.call(made, (channel) => {
            watch(() => hookAll(channel as AmqpChannel));
            return channel;
          });
        };
      });
    }
  }

  /** What all channels have in common. */
  function hookBase(prototype: Methods): void {
    hookLeaving(prototype);
    hookConfirms(prototype);
    hookClosed(prototype);
  }

  function hookLeaving(prototype: Methods): void {
    patches.method(prototype, 'closeBecause', (original) => {
      return function closeBecause(this: AmqpChannel | AmqpConnection, ...rest: unknown[]): unknown {
        if (rest[1] === GOODBYE) watch(() => ends.leave(this));
        return original.apply(this, rest);
      };
    });
  }

  function hookClosed(prototype: Methods): void {
    patches.method(prototype, 'toClosed', (original) => {
      return function toClosed(this: AmqpChannel, ...rest: unknown[]): unknown {
        // The library tells by a stack, whose first line says why.
        const why = String(rest[0]).split('\n', 1)[0]?.replace('Stack capture: ', '') ?? '';
        watch(() => consumers.close(this, why));
        return original.apply(this, rest);
      };
    });
  }

  function hookConfirms(prototype: Methods): void {
    patches.method(prototype, 'pushConfirmCallback', (original) => {
      return function pushConfirmCallback(this: AmqpChannel, callback: unknown): unknown {
        const sent = unconfirmed;
        unconfirmed = undefined;
        if (sent === undefined) return original.call(this, callback);
        return original.call(this, (error: unknown): unknown => {
          watch(() => (error === null || error === undefined ? sent.taken() : sent.refused(error)));
          return typeof callback === 'function' ? callback(error) : undefined;
        });
      };
    });
  }

  function hookSubscriptions(prototype: Methods): void {
    patches.method(prototype, 'registerConsumer', (original) => {
      return function registerConsumer(this: AmqpChannel, tag: string, handler: object): unknown {
        watch(() => {
          const subscription = subscriptions.get(handler);
          if (subscription !== undefined) consumers.subscribe(this, tag, subscription);
        });
        return original.call(this, tag, handler);
      };
    });
    patches.method(prototype, 'unregisterConsumer', (original) => {
      return function unregisterConsumer(this: AmqpChannel, tag: string): unknown {
        watch(() => consumers.unsubscribe(this, tag, 'the program'));
        return original.call(this, tag);
      };
    });
    patches.method(prototype, 'handleCancel', (original) => {
      return function handleCancel(this: AmqpChannel, fields: { readonly consumerTag: string }): unknown {
        watch(() => consumers.unsubscribe(this, fields.consumerTag, 'the broker'));
        return original.call(this, fields);
      };
    });
  }

  function hookProgramSide(prototype: Methods): void {
    hookPublish(prototype);
    hookConsume(prototype);
    hookVerdict(prototype, 'ack', (message, andBefore) => [message, andBefore, 'done']);
    hookVerdict(prototype, 'ackAll', () => [undefined, true, 'done']);
    hookVerdict(prototype, 'nack', (message, andBefore, again) => [message, andBefore, backOrUp(again)]);
    hookVerdict(prototype, 'nackAll', (again) => [undefined, true, backOrUp(again)]);
    hookVerdict(prototype, 'reject', (message, again) => [message, false, backOrUp(again)]);
  }

  function hookPublish(prototype: Methods): void {
    patches.method(prototype, 'publish', (original) => {
      return function publish(this: AmqpChannel, ...args: unknown[]): unknown {
        const [exchange, key, content, options, ...rest] = args;
        const asked = [exchange, key, options as PublishOptions | undefined] as const;
        const sent = watch(() => producers.publish(this, asked, () => userCallSite(publish)));
        if (sent === undefined) return original.apply(this, args);
        try {
          const result = original.call(this, exchange, key, content, sent.options, ...rest);
          if (typeof this.waitForConfirms === 'function') unconfirmed = sent;
          else watch(() => sent.taken());
          return result;
        } catch (error) {
          watch(() => sent.refused(error));
          throw error;
        }
      };
    });
  }

  function hookConsume(prototype: Methods): void {
    patches.method(prototype, 'consume', (original) => {
      return function consume(this: AmqpChannel, queue: unknown, handler: unknown, ...rest: unknown[]): unknown {
        const called = watch(() => calledFor(this, queue, handler, rest[0], () => userCallSite(consume)));
        return original.call(this, queue, called ?? handler, ...rest);
      };
    });
  }

  /** What is called in place of a handler. */
  function calledFor(
    channel: AmqpChannel,
    queue: unknown,
    handler: unknown,
    options: unknown,
    locate: Subscription['locate'],
  ): Callback | undefined {
    if (typeof handler !== 'function') return undefined;
    const user = handler as Callback;
    // The stack of the call is gone when the broker has answered.
    const location = locate();
    const unanswered = (options as { readonly noAck?: unknown } | undefined)?.noAck === true;
    const called = function (this: unknown, message: AmqpMessage | null): unknown {
      const tag = (message?.fields as { readonly consumerTag?: string } | undefined)?.consumerTag ?? '';
      const legs = message === null ? undefined : watch(() => consumers.take(channel, tag, message));
      if (message === null || legs === undefined) return user.call(this, message);
      const ended = (error?: unknown): void =>
        void watch(() => (unanswered ? consumers.finish(channel, message, error) : consumers.letGo(message, error)));
      let result: unknown;
      try {
        result = runAs(graph, legs.handle, () => user.call(this, message));
      } catch (error) {
        ended(error ?? NO_REASON);
        throw error;
      }
      // The library takes no notice of what a handler gives: a rejection that nobody handles stays one.
      if (result instanceof Promise) {
        void then.call(
          result,
          () => ended(),
          (error) => {
            ended(error ?? NO_REASON);
            throw error;
          },
        );
      } else if (unanswered || !isThenable(result)) ended();
      return result;
    } as Callback;
    subscriptions.set(called, { queue, handler: user, locate: () => location });
    return called;
  }

  function hookVerdict(
    prototype: Methods,
    name: string,
    read: (...args: never[]) => readonly [AmqpMessage | undefined, unknown, Verdict],
  ): void {
    patches.method(prototype, name, (original) => {
      return function judge(this: AmqpChannel, ...args: unknown[]): unknown {
        const told = watch(() => {
          const [message, andBefore, verdict] = read(...(args as never[]));
          return consumers.judge(this, message, Boolean(andBefore), verdict);
        });
        try {
          const result = original.apply(this, args);
          watch(() => told?.(undefined));
          return result;
        } catch (error) {
          watch(() => told?.(error));
          throw error;
        }
      };
    });
  }
}

/** amqplib sends a message back unless it is told not to. */
function backOrUp(again: unknown): Verdict {
  return again === undefined || again ? 'sent back' : 'given up';
}

function prototypeOf(made: unknown): Methods | undefined {
  const prototype: unknown = typeof made === 'function' ? made.prototype : undefined;
  return typeof prototype === 'object' && prototype !== null ? (prototype as Methods) : undefined;
}
