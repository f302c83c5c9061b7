import type { ReadPool } from './pool-facts.ts';

/**
 * Connections by which messages come and go without being asked for, of clients that know themselves whether they wait for an answer:
 * what is acknowledged or published there has none, so that the last thing written is no question. Everything may be missing.
 */
interface AmqpConnection {
  readonly stream?: object;
  readonly channels?: readonly ({ readonly channel?: AmqpChannel } | null | undefined)[];
}

interface AmqpChannel {
  readonly reply?: unknown;
  readonly pending?: readonly unknown[] | null;
  readonly unconfirmed?: readonly unknown[];
}

interface NatsProtocol {
  readonly transport?: { readonly socket?: object };
  readonly muxSubscriptions?: { readonly reqs?: { readonly size: number } };
  readonly pongs?: readonly unknown[];
}

/** They lend nothing. */
export const lendsNothing: ReadPool = () => undefined;

/** The socket of a connection of amqplib on which no answer is awaited: of no method, and no confirmation. */
export function quietAmqpSocket(client: object): object | undefined {
  const { stream, channels = [] } = client as AmqpConnection;
  // The first one is the connection's own, which asks for nothing once it is open.
  const waits = channels.slice(1).some((entry) => {
    const { reply, pending, unconfirmed } = entry?.channel ?? {};
    return (reply !== undefined && reply !== null) || isFilled(pending) || isFilled(unconfirmed);
  });
  return waits ? undefined : stream;
}

/** The socket of a connection to NATS on which no request, such as a publication to a stream, waits for its answer. */
export function quietNatsSocket(client: object): object | undefined {
  const { transport, muxSubscriptions, pongs } = client as NatsProtocol;
  const waits = (muxSubscriptions?.reqs?.size ?? 0) > 0 || isFilled(pongs);
  return waits ? undefined : transport?.socket;
}

function isFilled(list: readonly unknown[] | null | undefined): boolean {
  return Array.isArray(list) && list.length > 0;
}
