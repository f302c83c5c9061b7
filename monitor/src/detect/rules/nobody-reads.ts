import { type Finding, stageOf } from '../finding.ts';
import { localise } from '../localise.ts';
import { findingBase, type Scene, subject, victimsOf } from '../scene.ts';

/** After this many times stallAfterMs an output that nobody reads is no longer only a warning. */
const errorFactor = 2;

/**
 * Rule 3. An operator's output is full and nobody is attached to read it, for stallAfterMs of reports, and no operator
 * connected with it is stalled by itself: what is missing is a consumer. A consumer that is attached and slow on purpose is
 * never reported.
 */
export function nobodyReads(scene: Scene, stalledIds: ReadonlySet<number>): Finding[] {
  const { snapshot, graph, limits, window, receivedAt } = scene;
  return snapshot.operators.flatMap((operator): Finding[] => {
    if (operator.state !== 'backpressured' || !operator.unread) return [];
    const heldMs = window.histories.get(operator.id)?.unreadMs ?? 0;
    const stage = stageOf(heldMs, limits.stallAfterMs);
    if (stage === 'none') return [];
    const component = graph.component(operator.id);
    if ([...stalledIds].some((id) => component.has(id))) return [];
    return [
      {
        ...findingBase(scene),
        ...subject(operator),
        rule: 'nobody-reads',
        type: 'backpressure',
        stage,
        heldMs,
        thresholdMs: limits.stallAfterMs,
        sinceUnixMs: receivedAt.unixMs - heldMs,
        severity: heldMs >= errorFactor * limits.stallAfterMs ? 'error' : 'warning',
        victims: victimsOf(scene.window.facts.worker, localise(operator, graph, new Set([operator.id]))),
        facts: { completed: operator.completed },
      },
    ];
  });
}
