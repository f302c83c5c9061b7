import type { ChannelPosition, PortSnapshot } from '../model/snapshot.ts';

/** Before everything: nothing has been given or taken yet. */
export const origin: ChannelPosition = { major: -1, minor: -1 };

/** Below 0: left comes before right; 0: they are the same; above 0: after. */
export function comparePositions(left: ChannelPosition, right: ChannelPosition): number {
  return left.major - right.major || left.minor - right.minor;
}

/** The later of two positions. */
export function laterPosition(left: ChannelPosition, right: ChannelPosition): ChannelPosition {
  return comparePositions(left, right) < 0 ? right : left;
}

/** A position for people: `1042`, or `1700000000000-1` where minors are used. */
export function positionText({ major, minor }: ChannelPosition, minorUsed: boolean): string {
  return minorUsed ? `${major}-${minor}` : `${major}`;
}

/** Brokers whose positions are times, also where every minor happens to be 0: a difference of them is no number of messages. */
const timed: ReadonlySet<string> = new Set(['redis-stream']);

/** Whether the port shows that positions of its channel are no counts. */
export function usesMinor({ system, position, head }: PortSnapshot): boolean {
  return timed.has(system) || (position?.minor ?? 0) > 0 || (head?.minor ?? 0) > 0;
}
