import type { Finding, Victim } from '../detect/finding.ts';
import { type FlowGraph, flowGraph } from '../detect/flow-graph.ts';
import { starvedBehind } from '../detect/starved.ts';
import { isIdleSince } from '../detect/waiting.ts';
import type { OperatorSnapshot } from '../model/snapshot.ts';
import { isFresh, type WorkerWindow } from '../model/worker-window.ts';
import type { Partition, WorkerPort } from './partition.ts';
import { operatorOf } from './takers.ts';

/** Most victims that one finding names, and most ports that are looked at for them. */
const maxVictims = 200;
const maxLooks = 2000;

/** What the search knows of the workers and of what connects them. */
export interface Neighbourhood {
  portsOf(worker: string): Iterable<WorkerPort>;
  windowOf(worker: string): WorkerWindow | undefined;
}

/**
 * Operators that get records only through channels that those who stand feed, and that have been idle since: nearest first, over
 * any number of processes. A consumer that somebody else has fed since is none, and neither is one that is cut off or paused, or
 * whose worker does not report. Pure but for the tables it reads.
 */
export function foreignVictims(finding: Finding, neighbourhood: Neighbourhood, nowMs: number): Victim[] {
  const { portsOf, windowOf } = neighbourhood;
  const dry = new Map<string, Set<number>>([[finding.worker, standing(finding, windowOf(finding.worker))]]);
  const victims: Victim[] = [];
  let looks = 0;
  const isDry = ({ worker, snapshot }: WorkerPort): boolean => dry.get(worker)?.has(snapshot.operatorId) === true;
  const isFed = (partition: Partition): boolean => {
    for (const giver of partition.givers) {
      looks += 1;
      if (!giver.away && !isDry(giver) && feeds(operatorOf(giver, windowOf(giver.worker)), finding.heldMs)) return true;
    }
    return false;
  };
  const starves = (taker: WorkerPort): OperatorSnapshot | undefined => {
    const window = windowOf(taker.worker);
    const operator = operatorOf(taker, window);
    if (window === undefined || operator === undefined || isDry(taker) || !isFresh(window, nowMs)) return undefined;
    if (!isIdleSince(operator, finding.heldMs)) return undefined;
    for (const port of portsOf(taker.worker)) {
      looks += 1;
      const own = port.snapshot.direction === 'in' && port.snapshot.operatorId === operator.id;
      if (own && isFed(port.partition)) return undefined;
    }
    return operator;
  };
  const add = (worker: string, operators: readonly OperatorSnapshot[]): void => {
    const ids = dry.get(worker) ?? new Set();
    dry.set(worker, ids);
    for (const { id, name } of operators) {
      if (ids.has(id)) continue;
      ids.add(id);
      if (victims.length < maxVictims) victims.push({ worker, operatorId: id, operator: name });
    }
  };
  const spread = (worker: string): void => {
    const snapshot = windowOf(worker)?.snapshot;
    if (snapshot == null) return;
    const graph = flowGraph(snapshot);
    const ids = dry.get(worker) ?? new Set();
    if (worker !== finding.worker) add(worker, starvedBehind(ids, graph, finding.heldMs));
    add(worker, looseProducers(graph, portsOf(worker), ids, finding.heldMs));
  };
  spread(finding.worker);
  const pending = [finding.worker];
  for (const worker of pending) {
    for (const port of portsOf(worker)) {
      if (port.snapshot.direction !== 'out' || !isDry(port) || isFed(port.partition)) continue;
      for (const taker of port.partition.takers) {
        looks += 1;
        if (looks > maxLooks || victims.length >= maxVictims) return victims;
        const operator = starves(taker);
        if (operator === undefined) continue;
        add(taker.worker, [operator]);
        spread(taker.worker);
        pending.push(taker.worker);
      }
    }
  }
  return victims;
}

/**
 * Producers of a worker that no edge leads to: code that is not followed sends what consumers have brought. They starve with
 * the consumers of their job when all of these are dry, or stopped further down, and they have been idle since.
 */
function looseProducers(
  graph: FlowGraph,
  ports: Iterable<WorkerPort>,
  dry: ReadonlySet<number>,
  standstillMs: number,
): readonly OperatorSnapshot[] {
  const loose = graph.snapshot.operators.filter(
    (operator) =>
      operator.leg === 'produce' && graph.incoming(operator.id).length === 0 && isIdleSince(operator, standstillMs),
  );
  if (loose.length === 0) return loose;
  const stopped = (id: number): boolean => dry.has(id) || graph.downstream(id).some((behind) => dry.has(behind.id));
  const takers = [...ports].flatMap(({ snapshot }) => (snapshot.direction === 'in' ? snapshot : []));
  return loose.filter(({ job }) => {
    const own = takers.filter((taker) => taker.job === job);
    return own.length > 0 && own.every(({ operatorId }) => stopped(operatorId));
  });
}

/** The operators of the finding's own worker that give nothing because of it. */
function standing(finding: Finding, window: WorkerWindow | undefined): Set<number> {
  const operators = window?.snapshot?.operators ?? [];
  if (window?.departure !== null) return new Set(operators.map(({ id }) => id));
  if (finding.rule === 'loop-blocked') return new Set(operators.flatMap(({ id, thread }) => (thread === 0 ? id : [])));
  const ids = [finding.operatorId, ...finding.victims.map(({ operatorId }) => operatorId)];
  const { snapshot } = window;
  const starved = snapshot === null ? [] : starvedBehind(ids, flowGraph(snapshot), finding.heldMs);
  return new Set([...ids, ...starved.map(({ id }) => id)]);
}

/** Whether a giver has given anything since the standstill began. One that has not, for whatever reason, feeds nobody. */
function feeds(operator: OperatorSnapshot | undefined, standstillMs: number): boolean {
  if (operator === undefined || operator.state === 'ended') return false;
  return operator.progressAgeMs < standstillMs / 2;
}
