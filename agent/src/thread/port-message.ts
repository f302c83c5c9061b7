import { ChannelPositionSchema, create, type Port, PortDirection, PortSchema } from '@streamgauge/proto';
import { wholeNumber } from './nanoseconds.ts';
import type { TrackedPort } from './tracked-port.ts';

/** A port as it is told to the monitor. Pure. */
export function portMessage({ info, look }: TrackedPort): Port {
  const { system, name, partition } = info.channel;
  return create(PortSchema, {
    id: info.id,
    operatorId: info.operatorId,
    direction: info.direction === 'out' ? PortDirection.OUT : PortDirection.IN,
    system,
    channel: name,
    partition,
    ...(look === undefined
      ? {}
      : {
          messages: wholeNumber(look.messages),
          unpositioned: wholeNumber(look.unpositioned),
          ...(look.major < 0 ? {} : { position: position(look.major, look.minor) }),
          ...(look.headMajor < 0 ? {} : { head: position(look.headMajor, look.headMinor) }),
        }),
  });
}

function position(major: number, minor: number) {
  return create(ChannelPositionSchema, { major: wholeNumber(major), minor: wholeNumber(minor) });
}
