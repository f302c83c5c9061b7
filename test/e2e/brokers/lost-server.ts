import type { Incident } from '@streamgauge/monitor';
import { expect } from 'vitest';
import type { TestMonitor } from '../harness/monitor.ts';

/**
 * Waits until each worker has an incident that says which step of its own has lost its server.
 *
 * @param named The operator that each worker is to name.
 * @param earlier Incidents of before the server was lost, which say nothing of that.
 */
export async function expectConnectionLost(
  monitor: TestMonitor,
  named: Readonly<Record<string, string>>,
  withinMs: number,
  earlier: readonly Incident[] = [],
): Promise<void> {
  const known = new Set(earlier.map(({ id }) => id));
  for (const [worker, operator] of Object.entries(named)) {
    const incident = await monitor.waitForVerdict(
      (one) => one.worker === worker && one.operator === operator && !known.has(one.id),
      withinMs,
    );
    expect(incident).toMatchObject({
      type: 'stall',
      rule: 'connection-lost',
      mechanism: 'disconnected',
      category: 'dependency',
    });
  }
}

/**
 * Who was ever named by an incident, as "worker: operator". A busy machine may hold up a process as such, which names nobody.
 *
 * @param earlier Incidents of before, which do not count.
 */
export async function blamedOf(monitor: TestMonitor, earlier: readonly Incident[] = []): Promise<readonly string[]> {
  const known = new Set(earlier.map(({ id }) => id));
  const named = (await monitor.incidents()).filter(({ id, operator }) => (operator ?? '') !== '' && !known.has(id));
  return [...new Set(named.map(({ worker, operator }) => `${worker}: ${operator}`))].sort();
}
