import type { Board } from '../board/board.ts';
import { PlaceCell, PortCell } from '../board/layout.ts';
import type { Channel } from '../thread/messages.ts';
import type { Operator } from './operator.ts';

/** A place in a channel: positions are ordered by major, then by minor. Whole numbers from 0 to 2^53 - 1. */
export interface ChannelPosition {
  /** Offset, sequence number, milliseconds of an entry id. */
  readonly major: number;
  /** Sequence number of an entry id; else 0. */
  readonly minor: number;
}

/** What a port is. */
export interface PortIdentity {
  readonly id: number;
  readonly slot: number;
  readonly operator: Operator;
  readonly direction: 'out' | 'in';
  readonly channel: Channel;
}

/**
 * Where an operator gives messages to other processes or takes them: the broker's own positions are the markers, and the
 * monitor joins the two ends. Positions never fall; whoever hands in a lower one (a replay) changes nothing but the counts.
 */
export class Port {
  readonly id: number;
  readonly slot: number;
  readonly operator: Operator;
  readonly direction: 'out' | 'in';
  readonly channel: Channel;
  /** Frees the slot; does nothing the second time. */
  close: () => void;
  readonly #ports: Float64Array;
  readonly #turns: Int32Array;
  #position: ChannelPosition | undefined = undefined;
  #head: ChannelPosition | undefined = undefined;

  constructor({ id, slot, operator, direction, channel }: PortIdentity, board: Board, close: () => void) {
    this.id = id;
    this.slot = slot;
    this.operator = operator;
    this.direction = direction;
    this.channel = channel;
    this.close = close;
    this.#ports = board.ports;
    this.#turns = board.portTurns;
    const base = slot * PortCell.STRIDE;
    this.#ports.fill(0, base, base + PortCell.STRIDE);
    this.#write();
    this.#ports[base + PortCell.ID] = id;
  }

  /** The newest position given or taken; undefined before the first. */
  get position(): ChannelPosition | undefined {
    return this.#position;
  }

  /** Counts messages, the newest of which is at this position; undefined: they carry none that can be read. */
  move(position: ChannelPosition | undefined, messages = 1): void {
    const base = this.slot * PortCell.STRIDE;
    this.#ports[base + PortCell.MESSAGES] = (this.#ports[base + PortCell.MESSAGES] as number) + messages;
    if (position === undefined || !isPosition(position)) {
      this.#ports[base + PortCell.UNPOSITIONED] = (this.#ports[base + PortCell.UNPOSITIONED] as number) + messages;
      return;
    }
    if (!isAfter(position, this.#position)) return;
    this.#position = position;
    this.#write();
  }

  /** Notes the newest position that the channel is known to hold. */
  seeHead(head: ChannelPosition): void {
    if (!isPosition(head) || !isAfter(head, this.#head)) return;
    this.#head = head;
    this.#write();
  }

  #write(): void {
    const turn = (this.#turns[this.slot] as number) + 1;
    const place = this.slot * PortCell.STRIDE + PortCell.PLACES + (turn & 1) * PortCell.PLACE_LENGTH;
    this.#ports[place + PlaceCell.MAJOR] = this.#position?.major ?? -1;
    this.#ports[place + PlaceCell.MINOR] = this.#position?.minor ?? -1;
    this.#ports[place + PlaceCell.HEAD_MAJOR] = this.#head?.major ?? -1;
    this.#ports[place + PlaceCell.HEAD_MINOR] = this.#head?.minor ?? -1;
    Atomics.store(this.#turns, this.slot, turn | 0);
  }
}

/** What came from outside is no position until it looks like one. */
function isPosition({ major, minor }: ChannelPosition): boolean {
  return Number.isSafeInteger(major) && Number.isSafeInteger(minor) && major >= 0 && minor >= 0;
}

function isAfter(position: ChannelPosition, before: ChannelPosition | undefined): boolean {
  if (before === undefined || position.major > before.major) return true;
  return position.major === before.major && position.minor > before.minor;
}
