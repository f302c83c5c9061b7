import type { Finding } from '../detect/finding.ts';
import { isFresh } from '../model/worker-window.ts';
import type { Neighbourhood } from './foreign-victims.ts';
import { operatorOf } from './takers.ts';

/**
 * Whether a producer that seems to stand only waits for consumers that are paused: everybody who takes what it gives is held on
 * purpose, and the broker has not refused anything. Whoever waits for a pause is never blamed.
 */
export function waitsForPaused(finding: Finding, { portsOf, windowOf }: Neighbourhood, nowMs: number): boolean {
  if (finding.rule !== 'operator-stalled' || finding.facts.leg !== 'produce') return false;
  if (Number(finding.facts.failuresSinceProgress ?? 0) > 0) return false;
  let paused = 0;
  for (const port of portsOf(finding.worker)) {
    if (port.snapshot.operatorId !== finding.operatorId || port.snapshot.direction !== 'out') continue;
    for (const taker of port.partition.takers) {
      const window = windowOf(taker.worker);
      if (window === undefined || !isFresh(window, nowMs)) continue;
      if (operatorOf(taker, window)?.state !== 'paused') return false;
      paused += 1;
    }
  }
  return paused > 0;
}
