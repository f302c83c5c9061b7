import type { Leg, OperatorSnapshot, PortSnapshot } from '../../model/snapshot.ts';
import { type Finding, stageOf } from '../finding.ts';
import { localise } from '../localise.ts';
import { blockedMs, findingBase, type Scene, subject, victimsOf } from '../scene.ts';
import { starvedBehind } from '../starved.ts';
import { toldFacts } from '../told-facts.ts';
import { waitsForConnection } from '../waiting.ts';

/** Which operator speaks for a lost connection: what is missed first when it is gone. */
const ranks: readonly (Leg | null)[] = ['fetch', 'produce', 'commit'];

/**
 * Rule 6. The connection to a broker has been away for stallAfterMs. One finding per worker and kind of broker, because the
 * steps of a consumer share what is lost: the other steps without connection are victims, like everybody who waits for one of
 * them. What is paused is in nobody's way, connected or not.
 */
export function connectionLost(scene: Scene, stalledIds: ReadonlySet<number>): Finding[] {
  const { snapshot, limits, receivedAt, window } = scene;
  const away = snapshot.operators.filter(
    ({ disconnectedMs, state }) => disconnectedMs > 0 && state !== 'ended' && state !== 'paused',
  );
  return [...bySystem(away, scene)].flatMap(([system, operators]): Finding[] => {
    const most = (ageOf: (operator: OperatorSnapshot) => number): number => Math.max(...operators.map(ageOf));
    const heldMs = most(({ disconnectedMs }) => disconnectedMs);
    const heardMs = most((operator) => operator.disconnectedMs - blockedMs(operator, snapshot));
    const stage = stageOf(heardMs, limits.stallAfterMs);
    const [culprit, ...others] = operators.toSorted((left, right) => rank(left) - rank(right) || left.id - right.id);
    if (stage === 'none' || culprit === undefined) return [];
    const port = portOf(operators, snapshot.ports);
    return [
      {
        ...findingBase(scene),
        ...subject(culprit),
        rule: 'connection-lost',
        type: 'stall',
        stage,
        heldMs,
        thresholdMs: limits.stallAfterMs,
        sinceUnixMs: receivedAt.unixMs - heldMs,
        severity: 'error',
        victims: victimsOf(window.facts.worker, waiting([culprit, ...others], heldMs, scene, stalledIds).slice(1)),
        facts: {
          ...toldFacts(culprit, window.histories.get(culprit.id)),
          system,
          ...(port !== undefined && { channel: port.channel }),
          disconnectedMs: Math.round(culprit.disconnectedMs),
        },
      },
    ];
  });
}

/** Those without connection, then those who wait for one of them. */
function waiting(
  away: readonly OperatorSnapshot[],
  heldMs: number,
  scene: Scene,
  stalledIds: ReadonlySet<number>,
): OperatorSnapshot[] {
  const { graph } = scene;
  const found = new Set(away);
  const noVictims = new Set([...stalledIds, ...away.map(({ id }) => id)]);
  for (const operator of away) {
    for (const before of graph.upstream(operator.id))
      if (before.state === 'busy' && !noVictims.has(before.id) && waitsForConnection(before, graph)) found.add(before);
    for (const other of localise({ id: operator.id, heldMs }, graph, noVictims)) found.add(other);
  }
  for (const operator of starvedBehind(
    away.map(({ id }) => id),
    graph,
    heldMs,
  ))
    if (!noVictims.has(operator.id)) found.add(operator);
  return [...found];
}

/** Operators by the kind of broker they have lost: told by their ports, or by those of an operator they work with. */
function bySystem(away: readonly OperatorSnapshot[], scene: Scene): Map<string, OperatorSnapshot[]> {
  const systems = new Map<number, string>();
  for (const { operatorId, system } of scene.snapshot.ports) systems.set(operatorId, system);
  const known = new Set(away.flatMap(({ id }) => systems.get(id) ?? []));
  const [only] = known;
  const systemOf = ({ id }: OperatorSnapshot): string => {
    const own = systems.get(id);
    if (own !== undefined) return own;
    if (known.size === 1 && only !== undefined) return only;
    for (const other of scene.graph.component(id)) {
      const system = systems.get(other);
      if (system !== undefined) return system;
    }
    return '';
  };
  return Map.groupBy(away, systemOf);
}

function portOf(operators: readonly OperatorSnapshot[], ports: readonly PortSnapshot[]): PortSnapshot | undefined {
  for (const { id } of operators) {
    const port = ports.find(({ operatorId }) => operatorId === id);
    if (port !== undefined) return port;
  }
  return undefined;
}

function rank({ leg }: OperatorSnapshot): number {
  const at = ranks.indexOf(leg);
  return at < 0 ? ranks.length : at;
}
