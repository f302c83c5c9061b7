import { Clock, Control, EdgeCell, MAX_EDGES, MAX_OPERATORS, MAX_PORTS, OperatorCell, PortCell } from './layout.ts';

/** The shared buffer, as handed to the agent thread. */
export interface BoardMemory {
  readonly control: SharedArrayBuffer;
  readonly clock: SharedArrayBuffer;
  readonly operators: SharedArrayBuffer;
  readonly edges: SharedArrayBuffer;
  readonly ports: SharedArrayBuffer;
  readonly portTurns: SharedArrayBuffer;
}

/** Views over the board; both threads open their own over the same memory. */
export interface Board {
  readonly memory: BoardMemory;
  readonly control: Int32Array;
  readonly clock: Float64Array;
  readonly operators: Float64Array;
  readonly edges: Float64Array;
  readonly ports: Float64Array;
  readonly portTurns: Int32Array;
}

export function createBoard(): Board {
  const bytes = (cells: number, size: number): SharedArrayBuffer => new SharedArrayBuffer(cells * size);
  return openBoard({
    control: bytes(Control.LENGTH, Int32Array.BYTES_PER_ELEMENT),
    clock: bytes(Clock.LENGTH, Float64Array.BYTES_PER_ELEMENT),
    operators: bytes(MAX_OPERATORS * OperatorCell.STRIDE, Float64Array.BYTES_PER_ELEMENT),
    edges: bytes(MAX_EDGES * EdgeCell.STRIDE, Float64Array.BYTES_PER_ELEMENT),
    ports: bytes(MAX_PORTS * PortCell.STRIDE, Float64Array.BYTES_PER_ELEMENT),
    portTurns: bytes(MAX_PORTS, Int32Array.BYTES_PER_ELEMENT),
  });
}

export function openBoard(memory: BoardMemory): Board {
  return {
    memory,
    control: new Int32Array(memory.control),
    clock: new Float64Array(memory.clock),
    operators: new Float64Array(memory.operators),
    edges: new Float64Array(memory.edges),
    ports: new Float64Array(memory.ports),
    portTurns: new Int32Array(memory.portTurns),
  };
}
