import type { ChannelPosition, OperatorSnapshot } from '../model/snapshot.ts';
import { isFresh, type WorkerWindow } from '../model/worker-window.ts';
import type { Reach } from './delay.ts';
import type { Partition, WorkerPort } from './partition.ts';
import { laterPosition, origin } from './position.ts';

/** The operator of a port; undefined when the newest report does not name it any more. */
export function operatorOf(port: WorkerPort, window: WorkerWindow | undefined): OperatorSnapshot | undefined {
  return window?.snapshot?.operatorsById.get(port.snapshot.operatorId);
}

/**
 * How far a taker has come. One that is idle waits for nothing that others have taken: consumers that share a channel each
 * stand where they took their own last message, and the furthest of them speaks for all that are idle. A worker whose reports
 * stay away stands still since its last one. null: it has never taken anything, and nothing says that anything waits for it.
 */
export function reachOf(
  port: WorkerPort,
  window: WorkerWindow | undefined,
  furthest: ChannelPosition | null,
  nowMs: number,
): Reach | null {
  const operator = operatorOf(port, window);
  const fresh = window !== undefined && isFresh(window, nowMs);
  const shares = operator?.state === 'idle' && operator.disconnectedMs === 0 && fresh;
  const own = port.snapshot.position;
  const position = shares && furthest !== null ? laterPosition(own ?? origin, furthest) : own;
  if (position === null && (operator?.pending ?? 0) === 0) return null;
  return { position: position ?? origin, atMs: fresh ? port.madeAtMs : nowMs };
}

/** The furthest position that any taker of the partition has reached; null: none has taken anything. */
export function furthestOf({ takers }: Partition): ChannelPosition | null {
  let furthest: ChannelPosition | null = null;
  for (const { snapshot } of takers) {
    if (snapshot.position === null) continue;
    furthest = furthest === null ? snapshot.position : laterPosition(furthest, snapshot.position);
  }
  return furthest;
}
