import type { KnownPackage } from '../load/commonjs.ts';
import type { Method } from '../stream/internals.ts';
import type { Patches } from '../stream/patch.ts';
import { heldSocket, readBlockingCommand } from './blocking-command.ts';
import { lendsNothing, quietAmqpSocket, quietNatsSocket } from './message-connection.ts';
import type { HeldSocket, PoolBook } from './pool-book.ts';
import { type ReadPool, readGenericPool, readMysqlPool, readPgPool, readUndiciPool } from './pool-facts.ts';

/** Where a package's pools are found: the file whose class they are of, and the method by which everybody asks them. */
interface Shape {
  readonly file: RegExp;
  /** The class, among what the file exports. */
  readonly of?: string;
  /** A symbol is named by its description. */
  readonly method: string;
  readonly symbol?: true;
  readonly read: ReadPool;
  readonly held?: HeldSocket;
}

const SHAPES: readonly Shape[] = [
  { file: /[\\/]pg-pool[\\/]index\.js$/, method: 'connect', read: readPgPool },
  { file: /[\\/]mysql2[\\/]lib[\\/](?:base[\\/])?pool\.js$/, method: 'getConnection', read: readMysqlPool },
  { file: /[\\/]generic-pool[\\/]lib[\\/]Pool\.js$/, method: 'acquire', read: readGenericPool },
  {
    file: /[\\/]undici[^\\/]*[\\/]lib[\\/](?:dispatcher[\\/])?pool-base\.js$/,
    of: 'PoolBase',
    method: 'dispatch',
    symbol: true,
    read: readUndiciPool,
  },
  {
    file: /[\\/]ioredis[\\/]built[\\/](?:Redis|redis[\\/]index)\.js$/,
    method: 'sendCommand',
    read: readBlockingCommand,
    held: heldSocket,
  },
  {
    file: /[\\/]amqplib[\\/]lib[\\/]connection\.js$/,
    of: 'Connection',
    method: 'open',
    read: lendsNothing,
    held: quietAmqpSocket,
  },
  {
    file: /[\\/]@nats-io[\\/]nats-core[\\/]lib[\\/]protocol\.js$/,
    of: 'ProtocolHandler',
    method: 'dial',
    read: lendsNothing,
    held: quietNatsSocket,
  },
];

/** Notes the pools of packages when they are first asked for something. What they give stays theirs. */
export function followPools(patches: Patches, book: PoolBook, onError: (error: unknown) => void): KnownPackage[] {
  return SHAPES.map((shape) => ({
    file: shape.file,
    loaded: (exports) => {
      const prototype = prototypeIn(exports, shape);
      const key = prototype === undefined ? undefined : keyOf(prototype, shape);
      if (prototype === undefined || key === undefined) return;
      patches.method(prototype, key, (original: Method): Method => {
        return function noted(this: object, ...rest: unknown[]): unknown {
          try {
            book.note(this, shape.read, shape.held);
          } catch (error) {
            onError(error);
          }
          return original.apply(this, rest);
        };
      });
    },
  }));
}

function prototypeIn(exports: unknown, { of }: Shape): Record<string, unknown> | undefined {
  const named = of === undefined ? exports : (exports as Readonly<Record<string, unknown>> | undefined)?.[of];
  const found = typeof named === 'function' ? named : (exports as { readonly default?: unknown } | undefined)?.default;
  return typeof found === 'function' ? (found.prototype as Record<string, unknown>) : undefined;
}

function keyOf(prototype: object, { method, symbol }: Shape): string | undefined {
  if (symbol !== true) return Object.hasOwn(prototype, method) ? method : undefined;
  // Whoever patches does not care what kind of key it is.
  return Object.getOwnPropertySymbols(prototype).find(({ description }) => description === method) as unknown as string;
}
