import { type Edge, Position } from '@streamgauge/proto';
import { ReportRow, ReportRows } from './report-rows.ts';
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
export class EdgeRow extends ReportRow<EdgeFacts> implements EdgeSnapshot {
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
    return this.at(QUEUED);
  }
  get passedEpoch(): number {
    return this.at(PASSED_EPOCH);
  }
}

/** The edges of one report. */
export class EdgeTable extends ReportRows<EdgeFacts, EdgeRow> {
  /** before: the table of the report before, or undefined. */
  constructor(edges: readonly Edge[], before: EdgeTable | undefined) {
    const known = before?.facts ?? [];
    const facts = edges.map((edge, row) => factsOf(edge, known[row]));
    const numbers = new SparseRows(edges.length, edgeColumns, (row, columns) => {
      const edge = edges[row] as Edge;
      columns[QUEUED] = Number(edge.queued);
      columns[PASSED_EPOCH] = readEpoch(edge.passedEpoch);
    });
    super(EdgeRow, facts, known, numbers);
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
