import type { OperatorSnapshot } from '../model/snapshot.ts';
import type { FlowGraph } from './flow-graph.ts';

/**
 * Whether an operator cannot give its output away: it says so, or a FIFO behind it is full while the taker has work. The
 * second catches an operator whose own code waits for room ("drain") and so looks busy. A full FIFO in front of an idle
 * taker is a number that the main thread has not refreshed yet, and proves nothing.
 */
export function isOutputBlocked(operator: OperatorSnapshot, graph: FlowGraph): boolean {
  if (operator.state === 'backpressured') return true;
  return graph.outgoing(operator.id).some((edge) => {
    if (edge.closed || edge.capacity === null || edge.queued < edge.capacity) return false;
    const target = graph.snapshot.operatorsById.get(edge.targetId);
    return target !== undefined && target.state !== 'idle' && target.state !== 'ended';
  });
}

/** Whether an operator has something left to do: a record begun, a marker that waits for it, or an input that has ended. */
export function hasPending(operator: OperatorSnapshot, graph: FlowGraph): boolean {
  return operator.inFlight > 0 || operator.markerAgeMs > 0 || isFinalising(operator, graph);
}

/** All inputs have ended, the operator has not: it is in its flush or final step. */
export function isFinalising(operator: OperatorSnapshot, graph: FlowGraph): boolean {
  const incoming = graph.incoming(operator.id);
  const inputEnded = incoming.length > 0 && incoming.every((edge) => edge.closed);
  return inputEnded && Number.isFinite(operator.passedEpoch) && operator.state !== 'ended';
}

/** Whether an operator upstream of a culprit waits for it: output blocked, or a marker held up in front of it. */
export function waitsForDownstream(operator: OperatorSnapshot, graph: FlowGraph): boolean {
  if (operator.state === 'ended' || operator.state === 'paused') return false;
  return isOutputBlocked(operator, graph) || operator.markerAgeMs > 0;
}

/**
 * Whether an operator downstream of a culprit starves: it has no input and epochs of its sources have not reached it. Half
 * of the time that the culprit has held is asked for, so that a pause of the sources alone is not called starving.
 */
export function starves(operator: OperatorSnapshot, graph: FlowGraph, culpritHeldMs: number): boolean {
  return (
    operator.state === 'idle' &&
    operator.passedEpoch < graph.snapshot.epoch &&
    operator.progressAgeMs >= culpritHeldMs / 2
  );
}
