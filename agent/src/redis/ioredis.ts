import type { KnownPackage } from '../load/commonjs.ts';
import { hasMethods, ownerOf } from '../load/prototype-of.ts';
import { jobOf } from '../operator/jobs.ts';
import type { Patches } from '../stream/patch.ts';
import { givenUpBy, type IoredisState } from './ioredis-state.ts';
import type { RedisClient, RedisStreams } from './redis-streams.ts';

/** The classes of clients and of clusters of the package ioredis. */
const IOREDIS_FILE = /[\\/]ioredis[\\/]built[\\/](?:Redis|redis[\\/]index|cluster[\\/]index)\.js$/;

interface Command {
  readonly name?: unknown;
  readonly args?: unknown;
  resolve?: unknown;
  reject?: unknown;
}

type SendCommand = (this: { readonly status?: unknown }, command: Command, ...rest: unknown[]) => unknown;

/** Sees the commands of ioredis. What the user gets is the promise of the library itself. */
export function followIoredis(
  patches: Patches,
  streams: RedisStreams,
  onError: (error: unknown) => void,
): KnownPackage {
  const seen: WeakSet<object> = new WeakSet();
  const clients: WeakMap<object, RedisClient> = new WeakMap();
  const hooked: WeakSet<object> = new WeakSet();

  const hook = (prototype: Record<string, unknown>): void => {
    if (hooked.has(prototype)) return;
    hooked.add(prototype);
    patches.method(prototype, 'sendCommand', (original) => {
      const send = original as SendCommand;
      return function sendCommand(this: { readonly status?: unknown }, command: Command, ...rest: unknown[]): unknown {
        try {
          // A command passes again when it was kept until the connection was there, or when a cluster gives it to a node.
          if (typeof command === 'object' && command !== null && !seen.has(command)) {
            seen.add(command);
            watch(streams, clientOf(clients, this), command, sendCommand);
          }
        } catch (error) {
          onError(error);
        }
        return send.call(this, command, ...rest);
      };
    });
  };

  return {
    file: IOREDIS_FILE,
    loaded: (exports) => {
      const prototype = prototypeOf(exports);
      if (prototype !== undefined) hook(prototype);
    },
    instrument: (client) => {
      if (!hasMethods(client, 'sendCommand', 'duplicate', 'disconnect', 'xadd')) return undefined;
      if (typeof (client as { status?: unknown }).status !== 'string') return undefined;
      const prototype = ownerOf(client, 'sendCommand');
      if (prototype === undefined) return undefined;
      hook(prototype);
      return true;
    },
  };
}

// biome-ignore lint/complexity/noBannedTypes: any hook
function watch(streams: RedisStreams, client: RedisClient, command: Command, hook: Function): void {
  const { name, args, resolve, reject } = command;
  if (!Array.isArray(args) || typeof resolve !== 'function' || typeof reject !== 'function') return;
  const watched = streams.sent(client, name, args, hook);
  if (watched === undefined) return;
  command.resolve = function (this: unknown, answer: unknown): unknown {
    watched.answered(answer);
    return resolve.call(this, answer);
  };
  command.reject = function (this: unknown, error: unknown): unknown {
    watched.failed(error);
    return reject.call(this, error);
  };
}

function clientOf(clients: WeakMap<object, RedisClient>, client: IoredisState): RedisClient {
  const known = clients.get(client);
  if (known !== undefined) return known;
  // Held weakly: a client that the program has dropped is not kept by us.
  const weak = new WeakRef(client);
  const made: RedisClient = {
    job: () => jobOf(weak.deref() ?? weak),
    condition() {
      const alive = weak.deref();
      const status = alive?.status;
      const by = alive === undefined ? undefined : givenUpBy(alive);
      if (by !== undefined) return `given up by ${by}`;
      if (status === undefined || status === 'end') return 'closed';
      return status === 'ready' || status === 'wait' ? 'connected' : 'away';
    },
  };
  clients.set(client, made);
  return made;
}

function prototypeOf(exports: unknown): Record<string, unknown> | undefined {
  const candidates = [exports, (exports as { default?: unknown } | undefined)?.default];
  for (const candidate of candidates) {
    const prototype: unknown = (candidate as { prototype?: unknown } | undefined)?.prototype;
    if (typeof candidate === 'function' && typeof (prototype as { sendCommand?: unknown })?.sendCommand === 'function')
      return prototype as Record<string, unknown>;
  }
  return undefined;
}
