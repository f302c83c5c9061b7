import { LoopShare } from './loop-share.ts';

/**
 * Above this share of its time in use, the event loop may never come round to a timer: then states are published in the
 * middle of the work, as they are there. Below it that would be wrong, because the middle of the work is all it shows.
 */
const SATURATED_SHARE = 0.9;

/** Publishing may take this share of the time of the main thread. */
const PUBLISH_SHARE = 0.01;
/** And the pause after it is at most so long: what took longer than a full board takes was a thread without a processor. */
const MAX_PUBLISH_PAUSE_MS = 500;

/** When the numbers of all operators are published, and whether their states are with them. */
export class PublishPace {
  readonly #loopShare = new LoopShare();
  #nextMs = 0;

  /** Whether it may be done in the middle of the work. */
  isDue(nowMs: number): boolean {
    return nowMs >= this.#nextMs;
  }

  /** Whether the event loop has been in use nearly all the time since this was asked last. */
  isSaturated(): boolean {
    return this.#loopShare.inUse() >= SATURATED_SHARE;
  }

  /** It was done at that time, and has taken so long. */
  done(nowMs: number, tookMs: number): void {
    this.#nextMs = nowMs + Math.min(tookMs / PUBLISH_SHARE, MAX_PUBLISH_PAUSE_MS);
  }
}
