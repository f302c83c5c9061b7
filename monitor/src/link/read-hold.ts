import type { WebSocket } from 'ws';
import { Allowance, type AllowanceLimits } from '../allowance.ts';
import type { LinkContext } from './context.ts';

/** A worker sends a report a second and events now and then; a full outbox is 1000 events and then takes some seconds. */
const messageLimits: AllowanceLimits = {
  /** Messages of one connection that are read per second, for long. */
  perSecond: 100,
  /** Messages of one connection that are read at once. */
  burst: 500,
};

/** Reads nothing from a connection while somebody holds it; the sender's own queue bounds what waits then. */
export class ReadHold {
  readonly #socket: Pick<WebSocket, 'pause' | 'resume'>;
  readonly #context: Pick<LinkContext, 'clock' | 'counters'>;
  readonly #messages: Allowance;
  #count = 0;

  constructor(socket: Pick<WebSocket, 'pause' | 'resume'>, context: Pick<LinkContext, 'clock' | 'counters'>) {
    this.#socket = socket;
    this.#context = context;
    this.#messages = new Allowance(messageLimits, context.clock.monotonicMs());
  }

  get held(): boolean {
    return this.#count > 0;
  }

  /** A frame has come: holds a connection that sends too much for a while. Frames that were read with it are handled all the same. */
  frame(): void {
    const { clock, counters } = this.#context;
    const waitMs = this.#messages.take(clock.monotonicMs());
    if (waitMs === 0 || this.held) return;
    counters.add('connections-throttled');
    this.hold();
    clock.after(waitMs, () => this.release());
  }

  hold(): void {
    this.#count += 1;
    this.#socket.pause();
  }

  release(): void {
    this.#count -= 1;
    if (!this.held) this.#socket.resume();
  }
}
