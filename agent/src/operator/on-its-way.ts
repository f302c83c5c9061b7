import type { Edge } from './edge.ts';
import type { Operator } from './operator.ts';

/**
 * Whether a record may be on its way along an edge, in nobody's buffer, when others run: in the middle of an emit some who hear of
 * it have it already and some do not. On an empty stack all have.
 */
export function mayBeOnItsWay(edge: Edge): boolean {
  if (edge.kind !== 'pipe') return false;
  return edge.relayed || edge.target.splits || pipes(edge.source) > 1 || edge.source.overheard();
}

function pipes(operator: Operator): number {
  let count = 0;
  for (const edge of operator.outputs) if (edge.kind === 'pipe' && !edge.closed) count++;
  return count;
}
