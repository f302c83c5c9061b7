import { type Port, PortDirection, type ChannelPosition as WirePosition } from '@streamgauge/proto';
import type { OperatorTable } from './operator-table.ts';
import type { ChannelPosition, PortSnapshot } from './snapshot.ts';

const directions: Readonly<Record<number, PortSnapshot['direction']>> = {
  [PortDirection.OUT]: 'out',
  [PortDirection.IN]: 'in',
};

const none: readonly PortSnapshot[] = [];

/** The ports of a report in the domain's form, without those of operators that are not kept and of unknown directions. */
export function readPorts(ports: readonly Port[], operatorsById: OperatorTable): readonly PortSnapshot[] {
  if (ports.length === 0) return none;
  const known = new Set<number>([0]);
  return ports.flatMap((port): PortSnapshot[] => {
    const direction = directions[port.direction];
    const operator = operatorsById.get(port.operatorId);
    if (direction === undefined || known.has(port.id) || operator === undefined) return [];
    known.add(port.id);
    return [
      {
        id: port.id,
        operatorId: operator.id,
        job: operator.job,
        direction,
        system: port.system,
        channel: port.channel,
        partition: port.partition,
        position: readPosition(port.position),
        head: readPosition(port.head),
        messages: Number(port.messages),
        unpositioned: Number(port.unpositioned),
      },
    ];
  });
}

function readPosition(position: WirePosition | undefined): ChannelPosition | null {
  return position === undefined ? null : { major: Number(position.major), minor: Number(position.minor) };
}
