import { type Edge, Position } from '@streamgauge/proto';
import { doubles } from './doubles.ts';
import type { EdgeSnapshot } from './snapshot.ts';
import { readEpoch } from './wire-values.ts';

/** Columns of a row. */
const QUEUED = 0;
const CAPACITY = 1;
const PASSED_EPOCH = 2;
const FLAGS = 3;
/** How many numbers a row has. */
const EDGE_COLUMNS = 4;

const BACK = 1;
const CLOSED = 2;

/** What of an edge does not change; reports that tell the same share it. */
type EdgeFacts = Readonly<Pick<EdgeSnapshot, 'id' | 'sourceId' | 'targetId' | 'position'>>;

/** One edge of a report, as a row of the array that all edges of it share. */
export class EdgeRow implements EdgeSnapshot {
  readonly facts: EdgeFacts;
  readonly #numbers: number[];
  readonly #start: number;

  constructor(facts: EdgeFacts, numbers: number[], row: number) {
    this.facts = facts;
    this.#numbers = numbers;
    this.#start = row * EDGE_COLUMNS;
  }
  get id(): number {
    return this.facts.id;
  }
  get sourceId(): number {
    return this.facts.sourceId;
  }
  get targetId(): number {
    return this.facts.targetId;
  }
  get position(): EdgeSnapshot['position'] {
    return this.facts.position;
  }
  get queued(): number {
    return this.#at(QUEUED);
  }
  get capacity(): number | null {
    const capacity = this.#at(CAPACITY);
    return Number.isNaN(capacity) ? null : capacity;
  }
  get passedEpoch(): number {
    return this.#at(PASSED_EPOCH);
  }
  get back(): boolean {
    return (this.#at(FLAGS) & BACK) !== 0;
  }
  get closed(): boolean {
    return (this.#at(FLAGS) & CLOSED) !== 0;
  }

  #at(column: number): number {
    return this.#numbers[this.#start + column] ?? 0;
  }
}

/** The edges of one report, for the reason that OperatorTable gives. */
export class EdgeTable {
  readonly facts: readonly EdgeFacts[];
  readonly #numbers: number[];
  #rows: readonly EdgeRow[] | undefined;

  /** before: the table of the report before, or undefined. */
  constructor(edges: readonly Edge[], before: EdgeTable | undefined) {
    const numbers = doubles(edges.length * EDGE_COLUMNS);
    edges.forEach((edge, row) => {
      const start = row * EDGE_COLUMNS;
      numbers[start + QUEUED] = Number(edge.queued);
      numbers[start + CAPACITY] = edge.capacity === 0n ? Number.NaN : Number(edge.capacity);
      numbers[start + PASSED_EPOCH] = readEpoch(edge.passedEpoch);
      numbers[start + FLAGS] = (edge.back ? BACK : 0) | (edge.closed ? CLOSED : 0);
    });
    this.#numbers = numbers;
    const known = before?.facts ?? [];
    const facts = edges.map((edge, row) => factsOf(edge, known[row]));
    this.facts = facts.length === known.length && facts.every((one, row) => one === known[row]) ? known : facts;
  }

  /** All of them, always the same objects. */
  get rows(): readonly EdgeRow[] {
    this.#rows ??= this.facts.map((facts, row) => new EdgeRow(facts, this.#numbers, row));
    return this.#rows;
  }
}

function factsOf({ id, sourceId, targetId, position: wirePosition }: Edge, before: EdgeFacts | undefined): EdgeFacts {
  const position = wirePosition === Position.NONE ? 'none' : 'count';
  const same =
    before?.id === id && before.sourceId === sourceId && before.targetId === targetId && before.position === position;
  return same ? before : { id, sourceId, targetId, position };
}
