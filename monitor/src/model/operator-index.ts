import type { OperatorRow } from './operator-row.ts';

/** Finds the operators of a report by id. Reports with the same operators in the same order share what it looks up. */
export class OperatorIndex {
  readonly #operators: readonly OperatorRow[];
  readonly #rows: ReadonlyMap<number, number>;

  /** Of operators with different ids; before: the index of the report before, or undefined. */
  constructor(operators: readonly OperatorRow[], before: OperatorIndex | undefined) {
    this.#operators = operators;
    const same =
      before !== undefined &&
      before.#operators.length === operators.length &&
      operators.every(({ id }, row) => before.#operators[row]?.id === id);
    this.#rows = same ? before.#rows : new Map(operators.map(({ id }, row) => [id, row]));
  }

  get(id: number): OperatorRow | undefined {
    const row = this.#rows.get(id);
    return row === undefined ? undefined : this.#operators[row];
  }

  has(id: number): boolean {
    return this.#rows.has(id);
  }
}
