import type { WebSocket } from 'ws';
import type { LinkContext } from './context.ts';
import { messageLimits, type TokenBucket, takeToken } from './token-bucket.ts';

/** Reads nothing from a connection while somebody holds it; the sender's own queue bounds what waits then. */
export class ReadHold {
  readonly #socket: Pick<WebSocket, 'pause' | 'resume'>;
  readonly #context: Pick<LinkContext, 'clock' | 'counters'>;
  #bucket: TokenBucket;
  #count = 0;

  constructor(socket: Pick<WebSocket, 'pause' | 'resume'>, context: Pick<LinkContext, 'clock' | 'counters'>) {
    this.#socket = socket;
    this.#context = context;
    this.#bucket = { tokens: messageLimits.burst, atMs: context.clock.monotonicMs() };
  }

  get held(): boolean {
    return this.#count > 0;
  }

  /** A frame has come: holds a connection that sends too much for a while. */
  frame(): void {
    const { clock, counters } = this.#context;
    const taken = takeToken(this.#bucket, clock.monotonicMs(), messageLimits);
    this.#bucket = taken.bucket;
    if (taken.waitMs === 0 || this.held) return;
    counters.add('connections-throttled');
    this.hold();
    clock.after(taken.waitMs, () => this.release());
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
