import type { PoolFacts, ReadPool } from './pool-facts.ts';

/** Commands of Redis that wait for something to happen, and let everything behind them on their connection wait as well. */
const BLOCKING = /^(?:b(?:l|r)pop|brpoplpush|blmove|blmpop|bzpop(?:min|max)|bzmpop|wait|waitaof)$/i;
/** These wait when they are told to. */
const BLOCKING_IF_TOLD = /^xread(?:group)?$/i;

interface Command {
  readonly name?: unknown;
  readonly args?: unknown;
}

/** A client of ioredis 5 or 6, seen from inside. */
interface Client {
  readonly stream?: object;
  readonly options?: { readonly host?: unknown; readonly port?: unknown };
  readonly commandQueue?: { readonly length: number; peekFront?(): { readonly command?: Command } | undefined };
}

/**
 * A connection to Redis does one command after the other. Where the one that is under way waits for something to happen, the
 * connection is held by whoever has sent it, and no answer of the server's is late. Undefined: no such command is under way.
 */
export const readBlockingCommand: ReadPool = (client): PoolFacts | undefined => {
  const { options, commandQueue } = client as Client;
  const holder = blockingCommand(commandQueue?.peekFront?.()?.command);
  if (commandQueue === undefined || holder === undefined) return undefined;
  const { host, port } = options ?? {};
  const peer = typeof host === 'string' ? `${host}:${String(port)}` : '';
  return { kind: 'ioredis', peer, size: 1, inUse: 1, making: 0, owed: 0, waiting: commandQueue.length - 1, holder };
};

/** The socket of such a client. */
export function heldSocket(client: object): object | undefined {
  return readBlockingCommand(client) === undefined ? undefined : (client as Client).stream;
}

/** Its name; undefined: it answers at once. */
function blockingCommand(command: Command | undefined): string | undefined {
  const { name, args } = command ?? {};
  if (typeof name !== 'string') return undefined;
  if (BLOCKING.test(name)) return name.toLowerCase();
  const told = Array.isArray(args) && args.some((word) => typeof word === 'string' && /^block$/i.test(word));
  return told && BLOCKING_IF_TOLD.test(name) ? name.toLowerCase() : undefined;
}
