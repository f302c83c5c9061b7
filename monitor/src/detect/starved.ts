import type { OperatorSnapshot } from '../model/snapshot.ts';
import type { FlowGraph } from './flow-graph.ts';
import { isIdleSince } from './waiting.ts';

/**
 * The operators behind some that stand which get records from nowhere else and have been idle since, nearest first. Those who
 * stand need not be in front of a marker: a source that gives nothing has nothing to be late with.
 */
export function starvedBehind(
  standing: Iterable<number>,
  graph: FlowGraph,
  standstillMs: number,
): readonly OperatorSnapshot[] {
  const dry = new Set(standing);
  const starved: OperatorSnapshot[] = [];
  for (const id of dry) {
    for (const { targetId } of graph.outgoing(id)) {
      const target = graph.snapshot.operatorsById.get(targetId);
      if (target === undefined || dry.has(targetId) || !isIdleSince(target, standstillMs)) continue;
      if (!graph.incoming(targetId).every((edge) => edge.closed || dry.has(edge.sourceId))) continue;
      dry.add(targetId);
      starved.push(target);
    }
  }
  return starved;
}
