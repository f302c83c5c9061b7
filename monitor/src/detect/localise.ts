import type { OperatorSnapshot } from '../model/snapshot.ts';
import type { FlowGraph } from './flow-graph.ts';
import { starves, waitsForDownstream } from './waiting.ts';

/**
 * The operators that wait for a culprit: first those upstream whose output is blocked or in front of which a marker is held
 * up, nearest first, then those downstream that starve. Another culprit is never among them.
 *
 * Markers pile up in front of the first blocked operator and the culprit itself often holds none, so holding a marker makes
 * a victim, never a culprit.
 */
export function localise(
  culprit: Pick<OperatorSnapshot, 'id' | 'heldMs'>,
  graph: FlowGraph,
  culprits: ReadonlySet<number>,
): readonly OperatorSnapshot[] {
  const upstream = graph
    .upstream(culprit.id)
    .filter((operator) => !culprits.has(operator.id) && waitsForDownstream(operator, graph));
  const upstreamIds = new Set(upstream.map((operator) => operator.id));
  const downstream = graph
    .downstream(culprit.id)
    .filter(
      (operator) =>
        !culprits.has(operator.id) && !upstreamIds.has(operator.id) && starves(operator, graph, culprit.heldMs),
    );
  return [...upstream, ...downstream];
}
