import type { Board } from '../board/board.ts';
import { MAX_PORTS, PortCell } from '../board/layout.ts';
import type { Channel, ToThread } from '../thread/messages.ts';
import type { Ids } from './ids.ts';
import type { Operator } from './operator.ts';
import { Port } from './port.ts';
import { Slots } from './slots.ts';

/** The ports of this thread's operators. */
export class Ports {
  readonly #board: Board;
  readonly #ids: Ids;
  readonly #post: (message: ToThread) => void;
  readonly #onDropped: () => void;
  readonly #slots = new Slots(MAX_PORTS);
  readonly #byOperator: Map<Operator, Set<Port>> = new Map();

  /** `onDropped` is called for each port that finds no room. */
  constructor(board: Board, ids: Ids, post: (message: ToThread) => void, onDropped: () => void) {
    this.#board = board;
    this.#ids = ids;
    this.#post = post;
    this.#onDropped = onDropped;
  }

  /** Opens the place where an operator meets other processes; undefined when the board is full. It closes with the operator. */
  open(operator: Operator, direction: 'out' | 'in', channel: Channel): Port | undefined {
    if (operator.released) return undefined;
    const slot = this.#slots.take();
    if (slot === undefined) {
      this.#onDropped();
      return undefined;
    }
    const id = this.#ids.next('port');
    const port = new Port({ id, slot, operator, direction, channel }, this.#board, () => this.#close(port));
    const ports = this.#byOperator.get(operator) ?? new Set();
    ports.add(port);
    this.#byOperator.set(operator, ports);
    this.#post({ type: 'port', id, slot, operatorId: operator.id, direction, channel });
    return port;
  }

  /** The open ports of an operator. */
  of(operator: Operator): readonly Port[] {
    return [...(this.#byOperator.get(operator) ?? [])];
  }

  closeAllOf(operator: Operator): void {
    for (const port of this.#byOperator.get(operator) ?? []) port.close();
  }

  #close(port: Port): void {
    const ports = this.#byOperator.get(port.operator);
    if (ports?.delete(port) !== true) return;
    if (ports.size === 0) this.#byOperator.delete(port.operator);
    this.#board.ports[port.slot * PortCell.STRIDE + PortCell.ID] = 0;
    this.#slots.give(port.slot);
    this.#post({ type: 'port-ended', id: port.id });
  }
}
