import type { EdgeSnapshot, OperatorSnapshot, WorkerSnapshot } from '../model/snapshot.ts';

/** The graph of one worker as the rules walk it: without back edges. All walks end on graphs with loops, too. */
export interface FlowGraph {
  readonly snapshot: WorkerSnapshot;
  incoming(operatorId: number): readonly EdgeSnapshot[];
  outgoing(operatorId: number): readonly EdgeSnapshot[];
  /** All operators from which records reach this one, nearest first, without itself. */
  upstream(operatorId: number): readonly OperatorSnapshot[];
  /** All operators that records of this one reach, nearest first, without itself. */
  downstream(operatorId: number): readonly OperatorSnapshot[];
  /** All operators connected with this one in any direction, with itself. */
  component(operatorId: number): ReadonlySet<number>;
}

const none: readonly EdgeSnapshot[] = [];

/** Builds the graph of a snapshot. */
export function flowGraph(snapshot: WorkerSnapshot): FlowGraph {
  const into = new Map<number, EdgeSnapshot[]>();
  const outOf = new Map<number, EdgeSnapshot[]>();
  for (const edge of snapshot.edges) {
    if (edge.back) continue;
    append(into, edge.targetId, edge);
    append(outOf, edge.sourceId, edge);
  }
  const incoming = (id: number): readonly EdgeSnapshot[] => into.get(id) ?? none;
  const outgoing = (id: number): readonly EdgeSnapshot[] => outOf.get(id) ?? none;
  const operatorsOf = (ids: ReadonlySet<number>, without: number): OperatorSnapshot[] =>
    [...ids].flatMap((id) => (id === without ? [] : (snapshot.operatorsById.get(id) ?? [])));
  const before = (id: number): number[] => incoming(id).map((edge) => edge.sourceId);
  const after = (id: number): number[] => outgoing(id).map((edge) => edge.targetId);
  return {
    snapshot,
    incoming,
    outgoing,
    upstream: (id) => operatorsOf(reach(id, before), id),
    downstream: (id) => operatorsOf(reach(id, after), id),
    component: (id) => reach(id, (at) => [...before(at), ...after(at)]),
  };
}

/** Everything reachable from start, breadth first, with start itself. */
export function reach(start: number, next: (id: number) => readonly number[]): Set<number> {
  const seen = new Set([start]);
  for (const id of seen) for (const neighbour of next(id)) seen.add(neighbour);
  return seen;
}

function append(map: Map<number, EdgeSnapshot[]>, key: number, edge: EdgeSnapshot): void {
  const list = map.get(key);
  if (list === undefined) map.set(key, [edge]);
  else list.push(edge);
}
