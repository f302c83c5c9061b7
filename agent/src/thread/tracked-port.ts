import type { Board } from '../board/board.ts';
import { PlaceCell, PortCell } from '../board/layout.ts';
import type { ToThread } from './messages.ts';

/** A port as the main thread announced it. */
export type PortInfo = Extract<ToThread, { type: 'port' }>;

/** The numbers of a port at one moment; -1: not known. */
export interface PortLook {
  readonly messages: number;
  readonly unpositioned: number;
  readonly major: number;
  readonly minor: number;
  readonly headMajor: number;
  readonly headMinor: number;
}

/** A port, and its numbers of the last look; undefined before the first. */
export interface TrackedPort {
  readonly info: PortInfo;
  look: PortLook | undefined;
}

/** Reads the slot of a port; undefined when it is another's by now, or was being written. The next look repairs that. */
export function lookAtPort({ ports, portTurns }: Board, { id, slot }: PortInfo): PortLook | undefined {
  const base = slot * PortCell.STRIDE;
  const turn = Atomics.load(portTurns, slot);
  const place = base + PortCell.PLACES + (turn & 1) * PortCell.PLACE_LENGTH;
  const cell = (at: number): number => ports[at] ?? -1;
  const look: PortLook = {
    messages: cell(base + PortCell.MESSAGES),
    unpositioned: cell(base + PortCell.UNPOSITIONED),
    major: cell(place + PlaceCell.MAJOR),
    minor: cell(place + PlaceCell.MINOR),
    headMajor: cell(place + PlaceCell.HEAD_MAJOR),
    headMinor: cell(place + PlaceCell.HEAD_MINOR),
  };
  // The place that was read is written to only after the turn has changed.
  const unchanged = Atomics.load(portTurns, slot) === turn;
  return unchanged && cell(base + PortCell.ID) === id ? look : undefined;
}
