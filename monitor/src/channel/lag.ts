import type { ChannelPosition } from '../model/snapshot.ts';
import type { Reach } from './delay.ts';
import type { Partition } from './partition.ts';
import { laterPosition } from './position.ts';

/** The newest position of a partition that any port tells; null: none. */
export function newestOf({ givers, takers }: Partition): ChannelPosition | null {
  let newest: ChannelPosition | null = null;
  for (const ports of [givers, takers]) {
    for (const { snapshot } of ports) {
      for (const position of [snapshot.position, snapshot.head]) {
        if (position !== null) newest = newest === null ? position : laterPosition(newest, position);
      }
    }
  }
  return newest;
}

/** Messages of a partition that a taker has not reached; null: not known, or its positions do not count messages. */
export function lagOf({ minorUsed }: Partition, newest: ChannelPosition | null, reach: Reach | null): number | null {
  if (minorUsed || newest === null || reach === null || reach.position.major < 0) return null;
  return Math.max(0, newest.major - reach.position.major);
}

/** The sum of two lags; one that is not known makes the sum unknown. */
export function addLags(left: number | null, right: number | null): number | null {
  return left === null || right === null ? null : left + right;
}
