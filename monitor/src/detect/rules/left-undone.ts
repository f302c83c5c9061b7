import type { OperatorSnapshot } from '../../model/snapshot.ts';
import { drainSnapshot } from '../../model/worker-drain.ts';
import type { WorkerWindow } from '../../model/worker-window.ts';
import type { Finding } from '../finding.ts';
import { type FlowGraph, flowGraph } from '../flow-graph.ts';
import { localise } from '../localise.ts';
import { subject, victimsOf } from '../scene.ts';
import { toldFacts } from '../told-facts.ts';
import { hasPending, isOutputBlocked } from '../waiting.ts';

/**
 * Rule 8. A worker ended by itself, for its event loop had nothing left to wait for, and an operator held a record: nothing
 * could have finished it any more, however long one had waited, so there is no threshold. The same notions as for a stalled
 * operator: busy, with something left to do, and room in its output. Without one, an output that was full, of which nothing was
 * ever read, and for which somebody waits. It stands until the worker reports again, or until others have taken its place.
 *
 * Who was pending is the worker's word: only it knows whether an operator had gone on since.
 */
export function leftUndone(window: WorkerWindow): Finding[] {
  const { drain, departure } = window;
  const snapshot = drainSnapshot(window);
  if (drain === null || snapshot === null || departure?.replaced === true) return [];
  const graph = flowGraph(snapshot);
  const unfinished = drain.operatorIds.flatMap((id) => snapshot.operatorsById.get(id) ?? []);
  const busy = unfinished.filter(
    (operator) => operator.state === 'busy' && hasPending(operator, graph) && !isOutputBlocked(operator, graph),
  );
  const holders = busy.length > 0 ? busy : unfinished.filter((operator) => isInTheWay(operator, graph));
  const noVictims = new Set(holders.map(({ id }) => id));
  return holders.map((operator) => ({
    rule: 'left-undone',
    type: operator.state === 'busy' ? 'stall' : 'backpressure',
    stage: 'found',
    job: window.facts.job,
    worker: window.facts.worker,
    session: drain.session,
    ...subject(operator),
    heldMs: operator.state === 'busy' ? operator.heldMs : operator.progressAgeMs,
    thresholdMs: 0,
    sinceUnixMs: drain.at.unixMs - (operator.state === 'busy' ? operator.heldMs : operator.progressAgeMs),
    severity: 'error',
    victims: victimsOf(window.facts.worker, localise(operator, graph, noVictims)),
    missing: [],
    facts: {
      ...toldFacts(operator, window.histories.get(operator.id)),
      inFlight: operator.inFlight,
      completed: operator.completed,
      ...(drain.exitCode !== null && { exitCode: drain.exitCode }),
    },
  }));
}

/** Its output is full, nobody reads it, and somebody has more for it. */
function isInTheWay(operator: OperatorSnapshot, graph: FlowGraph): boolean {
  if (operator.state !== 'backpressured' || !operator.unread) return false;
  return operator.inFlight > 0 || graph.incoming(operator.id).some(({ queued }) => queued > 0);
}
