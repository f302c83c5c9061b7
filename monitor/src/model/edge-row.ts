import { type Edge, Position } from '@streamgauge/proto';
import type { EdgeSnapshot } from './snapshot.ts';
import { type Columns, SparseRows } from './sparse-rows.ts';
import { readEpoch } from './wire-values.ts';

/** Columns of a row. */
const QUEUED = 0;
const PASSED_EPOCH = 1;
const edgeColumns: Columns = { count: 2, unknowable: 0 };

/** What of an edge seldom changes; reports that tell the same share it. */
type EdgeFacts = Readonly<
  Pick<EdgeSnapshot, 'id' | 'sourceId' | 'targetId' | 'position' | 'capacity' | 'back' | 'closed'>
>;

/** One edge of a report, as a row of the table that all edges of it share. */
export class EdgeRow implements EdgeSnapshot {
  readonly facts: EdgeFacts;
  readonly #numbers: SparseRows;
  readonly #row: number;

  constructor(facts: EdgeFacts, numbers: SparseRows, row: number) {
    this.facts = facts;
    this.#numbers = numbers;
    this.#row = row;
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
  get capacity(): number | null {
    return this.facts.capacity;
  }
  get back(): boolean {
    return this.facts.back;
  }
  get closed(): boolean {
    return this.facts.closed;
  }
  get queued(): number {
    return this.#numbers.get(this.#row, QUEUED) ?? 0;
  }
  get passedEpoch(): number {
    return this.#numbers.get(this.#row, PASSED_EPOCH) ?? 0;
  }
}

/** The edges of one report, for the reason that OperatorTable gives. */
export class EdgeTable {
  readonly facts: readonly EdgeFacts[];
  readonly #numbers: SparseRows;
  #rows: readonly EdgeRow[] | undefined;

  /** before: the table of the report before, or undefined. */
  constructor(edges: readonly Edge[], before: EdgeTable | undefined) {
    this.#numbers = new SparseRows(edges.length, edgeColumns, (row, columns) => {
      const edge = edges[row] as Edge;
      columns[QUEUED] = Number(edge.queued);
      columns[PASSED_EPOCH] = readEpoch(edge.passedEpoch);
    });
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

function factsOf(edge: Edge, before: EdgeFacts | undefined): EdgeFacts {
  const { id, sourceId, targetId, back, closed } = edge;
  const position = edge.position === Position.NONE ? 'none' : 'count';
  const capacity = edge.capacity === 0n ? null : Number(edge.capacity);
  const same =
    before?.id === id &&
    before.sourceId === sourceId &&
    before.targetId === targetId &&
    before.position === position &&
    before.capacity === capacity &&
    before.back === back &&
    before.closed === closed;
  return same ? before : { id, sourceId, targetId, position, capacity, back, closed };
}
