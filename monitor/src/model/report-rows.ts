import type { SparseRows } from './sparse-rows.ts';

/** One operator or edge of a report: what seldom changes of it, which reports share, and its row of numbers. */
export class ReportRow<Facts> {
  readonly facts: Facts;
  readonly #numbers: SparseRows;
  readonly #row: number;

  constructor(facts: Facts, numbers: SparseRows, row: number) {
    this.facts = facts;
    this.#numbers = numbers;
    this.#row = row;
  }

  /** The number in a column, which is 0 where none is kept. */
  protected at(column: number): number {
    return this.#numbers.get(this.#row, column) ?? 0;
  }

  /** The same of a column whose number may be unknown. */
  protected known(column: number): number | null {
    return this.#numbers.get(this.#row, column) ?? null;
  }
}

/**
 * All operators or all edges of one report: their numbers in one list, and what seldom changes in facts that reports share. Thousands of
 * workers report every second, and a report stays until the one after the next: as an object for each operator, with a box for every
 * fraction, reports were most of what V8 had to copy and to mark (docs/benchmarks.md). The objects are made when somebody asks for them,
 * which nobody does of a worker that is well.
 */
export class ReportRows<Facts, Row extends ReportRow<Facts>> {
  readonly facts: readonly Facts[];
  readonly #numbers: SparseRows;
  readonly #Row: new (
    facts: Facts,
    numbers: SparseRows,
    row: number,
  ) => Row;
  #rows: readonly Row[] | undefined;

  /** before: the facts of the report before, which are kept where all are the same. */
  constructor(
    Row: new (facts: Facts, numbers: SparseRows, row: number) => Row,
    facts: readonly Facts[],
    before: readonly Facts[],
    numbers: SparseRows,
  ) {
    this.facts = facts.length === before.length && facts.every((one, row) => one === before[row]) ? before : facts;
    this.#numbers = numbers;
    this.#Row = Row;
  }

  /** All of them, always the same objects. */
  get rows(): readonly Row[] {
    this.#rows ??= this.facts.map((facts, row) => new this.#Row(facts, this.#numbers, row));
    return this.#rows;
  }

  /** One of them for a short look: an object that is not kept. */
  protected rowAt(row: number): Row | undefined {
    const facts = this.facts[row];
    return facts === undefined ? undefined : new this.#Row(facts, this.#numbers, row);
  }
}
