import type { OperatorSnapshot } from '../model/snapshot.ts';
import type { FlowGraph } from './flow-graph.ts';

/** A sink that an operator has written into from its own code, and that has stood still for as long as the operator holds. */
export interface Outlet {
  readonly operatorId: number;
  readonly operator: string;
  /** True: it has not got rid of what was written. False: it has, and what is missing is an answer. */
  readonly blocked: boolean;
}

/** It must have been silent for this share of the hold: one that goes on taking writes tells nothing about the record held. */
const leastShare = 0.5;
/** It must not have been silent for longer than this share: the record held was not written then. Clocks of looks differ a little. */
const mostShare = 1.25;

/**
 * Where a stalled operator has put the record that it holds. Only what is written by hand counts: the output of a transform
 * leaves after its record is done. A sink that others write into as well proves nothing unless it is blocked itself. A function
 * must have written after its last completion, because a function may write its result last; for a sink, writing is the point.
 */
export function outletsOf(operator: OperatorSnapshot, graph: FlowGraph): Outlet[] {
  if (operator.kind !== 'sink' && operator.kind !== 'function') return [];
  return graph.outgoing(operator.id).flatMap((edge): Outlet[] => {
    const target = graph.snapshot.operatorsById.get(edge.targetId);
    if (target?.kind !== 'sink' || edge.closed || target.progressAgeMs < leastShare * operator.heldMs) return [];
    const outlet = { operatorId: target.id, operator: target.name };
    if (target.state === 'busy' && target.inFlight > 0) return [{ ...outlet, blocked: true }];
    const own = graph.incoming(target.id).length === 1;
    const written = target.completed > 0 && target.progressAgeMs <= mostShare * operator.heldMs;
    const after = operator.kind === 'sink' || target.progressAgeMs < operator.progressAgeMs;
    return target.state === 'idle' && own && written && after ? [{ ...outlet, blocked: false }] : [];
  });
}
