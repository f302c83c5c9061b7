import type { ChannelPosition } from '../model/snapshot.ts';
import { comparePositions } from './position.ts';
import type { PositionHistory } from './position-history.ts';

/** How late a taker is behind a giver. */
export interface ChannelDelay {
  /** Milliseconds; 0: it has reached the giver's newest position. */
  readonly ms: number;
  /** True: it is later than that, because the giver was not known earlier. */
  readonly atLeast: boolean;
}

/** How far a taker has come, and when. */
export interface Reach {
  readonly position: ChannelPosition;
  /** When it had come that far and no farther, on the monitor's clock. */
  readonly atMs: number;
}

/**
 * How late a taker is by the positions of the channel: the age of the oldest message that it has not reached, at the moment for
 * which its own position is known. Too large by at most the pause between two reports of the giver, and too small by at most
 * the error of the two clocks. undefined: nothing is known of the giver.
 */
export function delayBehind(giver: PositionHistory, { position, atMs }: Reach): ChannelDelay | undefined {
  const { newest } = giver;
  if (newest === null || comparePositions(position, newest) >= 0) return { ms: 0, atLeast: false };
  const stood = giver.stoodAt(position);
  if (stood === undefined) return undefined;
  return { ms: Math.max(0, atMs - stood.atMs), atLeast: stood.before };
}

/** The later of two delays; undefined is none. */
export function laterDelay(left: ChannelDelay | undefined, right: ChannelDelay | undefined): ChannelDelay | undefined {
  if (left === undefined || right === undefined) return left ?? right;
  return right.ms > left.ms ? right : left;
}
