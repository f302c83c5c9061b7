import type { AmqpChannel, AmqpConnection } from './amqplib-types.ts';

/** How a channel has ended: closed by the program, or lost to it. */
export type ChannelEnd = 'closed' | 'lost';

/** Tells channels that the program has closed from those that the broker, or the network, has taken away. */
export class ChannelEnds {
  readonly #leaving: WeakSet<AmqpChannel | AmqpConnection> = new WeakSet();
  readonly #ends: WeakMap<AmqpChannel, ChannelEnd> = new WeakMap();

  /** The program closes a channel, or a connection with everything on it. */
  leave(what: AmqpChannel | AmqpConnection): void {
    this.#leaving.add(what);
  }

  /** A channel is over, in whichever way. */
  close(channel: AmqpChannel): ChannelEnd {
    const { connection } = channel;
    const left = this.#leaving.has(channel) || (connection !== undefined && this.#leaving.has(connection));
    const end = left ? 'closed' : 'lost';
    this.#ends.set(channel, end);
    return end;
  }

  /** undefined: it is open. */
  of(channel: AmqpChannel): ChannelEnd | undefined {
    return this.#ends.get(channel);
  }
}
