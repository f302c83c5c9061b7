import type { AmqpChannel } from './amqplib-types.ts';
import type { ChannelEnds } from './channel-ends.ts';
import { type Mark, newGiver } from './mark.ts';

/**
 * A header costs a client about 7 µs to write. So many messages of each epoch have one, and of a faster flow every so many-th: what
 * comes behind the last of them is not missed at the other end before the next one.
 */
const MARKS_PER_EPOCH = 16;
const MARK_EVERY = 64;

/**
 * Counts what this process gives to one queue. AMQP keeps the order of one channel only, so messages of one channel at a time are
 * counted; when it is closed, the next one to publish goes on.
 */
export class Giver {
  readonly #ends: ChannelEnds;
  readonly #onNew: (old: string) => void;
  #name = newGiver();
  #count = 0;
  #epoch = -1;
  #marks = 0;
  #channel: WeakRef<AmqpChannel> | undefined = undefined;

  /** `onNew` is told the name that is over: what a lost channel had may never arrive, and waits for nobody. */
  constructor(ends: ChannelEnds, onNew: (old: string) => void) {
    this.#ends = ends;
    this.#onNew = onNew;
  }

  /** undefined: the message is not in the order of those that are counted, or is counted without a mark. */
  next(channel: AmqpChannel, epoch: number): Mark | undefined {
    const counted = this.#channel?.deref();
    if (counted !== channel && !this.#takesOver(channel, counted)) return undefined;
    const major = ++this.#count;
    if (epoch !== this.#epoch) {
      this.#epoch = epoch;
      this.#marks = 0;
    }
    if (this.#marks >= MARKS_PER_EPOCH && major % MARK_EVERY !== 0) return undefined;
    this.#marks++;
    return { giver: this.#name, position: { major, minor: 0 } };
  }

  #takesOver(channel: AmqpChannel, counted: AmqpChannel | undefined): boolean {
    const end = counted === undefined ? 'lost' : this.#ends.of(counted);
    if (end === undefined) return false;
    if (end === 'lost' && this.#channel !== undefined) {
      this.#onNew(this.#name);
      this.#name = newGiver();
      this.#count = 0;
    }
    this.#channel = new WeakRef(channel);
    return true;
  }
}
