import type { KnownPackage } from '../load/commonjs.ts';
import { hasMethods, ownerOf } from '../load/prototype-of.ts';
import { jobOf } from '../operator/jobs.ts';
import { sameOutcome } from '../operator/same-outcome.ts';
import type { Patches } from '../stream/patch.ts';
import type { RedisClient, RedisStreams } from './redis-streams.ts';

/** Versions 1 to 6 of the package @redis/client, which is what the package redis from version 4 on is made of. */
const CLIENT_FILE = /[\\/]@redis[\\/]client[\\/]dist[\\/]lib[\\/]client[\\/]index\.js$/;

interface Client {
  readonly isReady?: unknown;
  readonly isOpen?: unknown;
  /** What a client with options of its own was made of. */
  readonly _self?: Client;
}

type SendCommand = (this: Client, commands: unknown, ...rest: unknown[]) => unknown;

/** Sees the commands of node-redis. */
export function followNodeRedis(
  patches: Patches,
  streams: RedisStreams,
  onError: (error: unknown) => void,
): KnownPackage {
  const clients: WeakMap<object, RedisClient> = new WeakMap();
  const hooked: WeakSet<object> = new WeakSet();

  const hook = (prototype: Record<string, unknown>): void => {
    if (hooked.has(prototype)) return;
    hooked.add(prototype);
    for (const name of ['_executeMulti', '_executePipeline']) hookTogether(prototype, name);
    patches.method(prototype, 'sendCommand', (original) => {
      const send = original as SendCommand;
      return function sendCommand(this: Client, words: unknown, ...rest: unknown[]): unknown {
        const answer = send.call(this, words, ...rest);
        try {
          if (!Array.isArray(words) || !(answer instanceof Promise)) return answer;
          const watched = streams.sent(clientOf(clients, this), words[0], words.slice(1), sendCommand);
          if (watched === undefined) return answer;
          return sameOutcome(
            answer,
            (value) => watched.answered(value),
            (error) => watched.failed(error),
          );
        } catch (error) {
          onError(error);
          return answer;
        }
      };
    });
  };

  /** Several commands that are sent together, and answered together: their replies come as a list. */
  const hookTogether = (prototype: Record<string, unknown>, name: string): void => {
    patches.method(prototype, name, (original) => {
      return function together(this: Client, commands: unknown, ...rest: unknown[]): unknown {
        const answer = original.call(this, commands, ...rest) as unknown;
        try {
          if (!Array.isArray(commands) || !(answer instanceof Promise)) return answer;
          const watched = commands.map((command: { readonly args?: unknown }) => {
            const words = command?.args;
            if (!Array.isArray(words)) return undefined;
            return streams.sent(clientOf(clients, this), words[0], words.slice(1), together);
          });
          if (watched.every((one) => one === undefined)) return answer;
          const answered = (values: unknown): void =>
            watched.forEach((one, index) => {
              const value: unknown = Array.isArray(values) ? values[index] : undefined;
              if (value instanceof Error) one?.failed(value);
              else one?.answered(value);
            });
          return sameOutcome(answer, answered, (error) => {
            for (const one of watched) one?.failed(error);
          });
        } catch (error) {
          onError(error);
          return answer;
        }
      };
    });
  };

  return {
    file: CLIENT_FILE,
    loaded: (exports) => {
      const prototype = (exports as { default?: { prototype?: Record<string, unknown> } } | undefined)?.default
        ?.prototype;
      if (typeof prototype?.sendCommand === 'function') hook(prototype);
    },
    instrument: (client) => {
      if (!hasMethods(client, 'sendCommand', 'duplicate', 'xAdd', 'connect')) return undefined;
      if (typeof (client as Client).isOpen !== 'boolean' || typeof (client as Client).isReady !== 'boolean')
        return undefined;
      const prototype = ownerOf(client, 'sendCommand');
      if (prototype === undefined) return undefined;
      hook(prototype);
      return true;
    },
  };
}

/** What sends the commands of a client: createClient() gives an object that was made of it. Of everything else the object itself. */
export function senderOf(client: object): object {
  return hasMethods(client, 'sendCommand', 'xAdd') ? ((client as Client)._self ?? client) : client;
}

function clientOf(clients: WeakMap<object, RedisClient>, client: Client): RedisClient {
  const self = client._self ?? client;
  const known = clients.get(self);
  if (known !== undefined) return known;
  // Held weakly: a client that the program has dropped is not kept by us.
  const weak = new WeakRef(self);
  const made: RedisClient = {
    job: () => jobOf(weak.deref() ?? weak),
    condition() {
      const alive = weak.deref();
      if (alive === undefined || alive.isOpen === false) return 'closed';
      return alive.isReady === false ? 'away' : 'connected';
    },
  };
  clients.set(self, made);
  return made;
}
