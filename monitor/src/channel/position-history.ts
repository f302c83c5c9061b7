import type { ChannelPosition } from '../model/snapshot.ts';
import { comparePositions, origin } from './position.ts';

/** Samples of one history; the older they are the sparser, so that a day of one sample a second fits. */
const defaultCapacity = 128;
/** By how much of itself an age may become too large for want of room. */
const agesShare = 1 / 8;
/** How full a history may be after it was thinned out. */
const mostLeft = 0.9;

/** When a giver stood at a position, or the earliest time that is known of it. */
export interface Standing {
  readonly atMs: number;
  /** True: it stood there before the history began; the time is too late. */
  readonly before: boolean;
}

/**
 * Where the giver of a partition has stood, and when: what a taker has not reached yet is as old as the last moment at which
 * the giver stood at or before the taker's position. Between two samples the earlier one counts, so an age may be too large by
 * the pause between two reports, and is never too small. When the history is full, samples go whose neighbours are close
 * compared with their age: that makes an age larger by a small share of itself.
 */
export class PositionHistory {
  readonly #majors: number[] = [];
  readonly #minors: number[] = [];
  /** When the giver was last seen there. */
  readonly #lastMs: number[] = [];
  readonly #capacity: number;
  #beganMs = 0;

  constructor(capacity: number = defaultCapacity) {
    this.#capacity = Math.max(4, capacity);
  }

  /** The newest position; null before the first sample, and while nothing has been given. */
  get newest(): ChannelPosition | null {
    const at = this.#majors.length - 1;
    const position = this.#at(at);
    return at < 0 || comparePositions(position, origin) === 0 ? null : position;
  }

  /** The giver stands there now; null: it has given nothing yet. A position that falls begins the history anew. */
  see(position: ChannelPosition | null, atMs: number): void {
    const stands = position ?? origin;
    const last = this.#majors.length - 1;
    const moved = last < 0 ? 1 : comparePositions(stands, this.#at(last));
    const lastMs = last < 0 ? atMs : Math.max(atMs, this.#lastMs[last] ?? atMs);
    if (moved === 0) {
      this.#lastMs[last] = lastMs;
      return;
    }
    if (moved < 0) this.#clear();
    if (this.#majors.length === 0) this.#beganMs = atMs;
    if (this.#majors.length >= this.#capacity) this.#thin(lastMs);
    this.#majors.push(stands.major);
    this.#minors.push(stands.minor);
    this.#lastMs.push(lastMs);
  }

  /** When the giver last stood at the position or before it; undefined while nothing is known. */
  stoodAt(position: ChannelPosition): Standing | undefined {
    if (this.#majors.length === 0) return undefined;
    let low = 0;
    let high = this.#majors.length;
    while (low < high) {
      const middle = (low + high) >> 1;
      if (comparePositions(this.#at(middle), position) <= 0) low = middle + 1;
      else high = middle;
    }
    if (low === 0) return { atMs: this.#beganMs, before: true };
    return { atMs: this.#lastMs[low - 1] ?? this.#beganMs, before: false };
  }

  #at(index: number): ChannelPosition {
    return { major: this.#majors[index] ?? -1, minor: this.#minors[index] ?? -1 };
  }

  #thin(nowMs: number): void {
    for (let share = agesShare; this.#majors.length > this.#capacity * mostLeft; share *= 2) {
      const kept = this.#kept(nowMs, share);
      for (const list of [this.#majors, this.#minors, this.#lastMs]) {
        for (const [to, from] of kept.entries()) list[to] = list[from] ?? 0;
        list.length = kept.length;
      }
    }
  }

  /** Samples without which some age would be too large by more than a share of itself; always the first and the newest. */
  #kept(nowMs: number, share: number): number[] {
    const kept: number[] = [];
    let before = Number.NEGATIVE_INFINITY;
    for (const [index, lastMs] of this.#lastMs.entries()) {
      const next = this.#lastMs[index + 1];
      if (next !== undefined && next - before <= share * (nowMs - next)) continue;
      kept.push(index);
      before = lastMs;
    }
    return kept;
  }

  #clear(): void {
    for (const list of [this.#majors, this.#minors, this.#lastMs]) list.length = 0;
  }
}
