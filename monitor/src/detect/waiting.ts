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

/**
 * Whether an operator has something left to do: a record begun, a marker that waits for it, an input that has ended, or, for a
 * step of a consumer or producer, work that its client library knows of.
 */
export function hasPending(operator: OperatorSnapshot, graph: FlowGraph): boolean {
  const outside = operator.leg !== null && (operator.pending ?? 0) > 0;
  return operator.inFlight > 0 || operator.markerAgeMs > 0 || outside || isFinalising(operator, graph);
}

/**
 * Whether an operator waits for one right behind it that has lost its connection: since it has, for the larger part of the
 * hold. What was held long before the connection went is held for another reason.
 */
export function waitsForConnection(operator: OperatorSnapshot, graph: FlowGraph): boolean {
  return graph.outgoing(operator.id).some((edge) => {
    const target = graph.snapshot.operatorsById.get(edge.targetId);
    return !edge.closed && target !== undefined && target.disconnectedMs > operator.heldMs / 2;
  });
}

/**
 * Whether a handler waits for the answer to what it has sent: the step right behind it that sends has had something without an
 * answer for the larger part of the hold. A handler that hangs for a reason of its own leaves that step without work.
 */
export function waitsForAnswer(operator: OperatorSnapshot, graph: FlowGraph): boolean {
  if (operator.leg !== 'handle') return false;
  return graph.outgoing(operator.id).some((edge) => {
    const target = graph.snapshot.operatorsById.get(edge.targetId);
    if (edge.closed || target?.leg !== 'produce' || target.state !== 'busy' || target.inFlight === 0) return false;
    return target.heldMs > operator.heldMs / 2;
  });
}

/**
 * Whether a consumer's own steps behind an operator have work that they do not finish: then it has nowhere to give to, also
 * when it says that it is busy.
 */
export function isHeldUpBehind(operator: OperatorSnapshot, graph: FlowGraph, leastMs: number): boolean {
  return graph.downstream(operator.id).some((behind) => {
    if (behind.state === 'paused' || isOutputBlocked(behind, graph)) return true;
    return behind.state === 'busy' && behind.heldMs >= leastMs;
  });
}

/** Whether an operator only hands on what a consumer's handler takes. */
export function handsOn({ leg }: OperatorSnapshot): boolean {
  return leg === 'fetch' || leg === 'deliver';
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
  const gives = handsOn(operator) && operator.state === 'busy' && operator.heldMs > 0;
  return gives || isOutputBlocked(operator, graph) || operator.markerAgeMs > 0;
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

/** Whether an operator has had nothing to do for the larger part of a standstill, and for no reason of its own. */
export function isIdleSince(operator: OperatorSnapshot, standstillMs: number): boolean {
  return operator.state === 'idle' && operator.disconnectedMs === 0 && operator.progressAgeMs >= standstillMs / 2;
}
