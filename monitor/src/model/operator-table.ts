import type { Operator } from '@streamgauge/proto';
import type { CodeOwner } from './code-owner.ts';
import { type OperatorFacts, OperatorRow, operatorColumns, readFacts, writeNumbers } from './operator-row.ts';
import { ReportRows } from './report-rows.ts';
import { SparseRows } from './sparse-rows.ts';

/** The operators of one report, also by their ids. */
export class OperatorTable extends ReportRows<OperatorFacts, OperatorRow> {
  /** How long an operator has held a record, been without connection, or had its oldest record, at most. */
  readonly longestMs: number;
  /** Whether the output of an operator has nobody to read it. */
  readonly hasUnread: boolean;
  readonly #rowsById: ReadonlyMap<number, number>;

  /** Of operators with different ids; before: the table of the report before, or undefined. */
  constructor(operators: readonly Operator[], ownJob: string, codeOwner: CodeOwner, before: OperatorTable | undefined) {
    const known = before?.facts ?? [];
    const ordinals = ordinalsOf(operators, known);
    const facts = operators.map((operator, row) =>
      readFacts(operator, ordinals[row] ?? 0, ownJob, codeOwner, known[row]),
    );
    const numbers = new SparseRows(operators.length, operatorColumns, (row, columns) =>
      writeNumbers(operators[row] as Operator, columns),
    );
    super(OperatorRow, facts, known, numbers);
    let longestMs = 0;
    let hasUnread = false;
    facts.forEach((one, at) => {
      const row = new OperatorRow(one, numbers, at);
      longestMs = Math.max(longestMs, row.heldMs, row.disconnectedMs, row.oldestMs);
      hasUnread ||= row.unread;
    });
    this.longestMs = longestMs;
    this.hasUnread = hasUnread;
    const same = before !== undefined && haveSameIds(this.facts, before.facts);
    this.#rowsById = same ? before.#rowsById : new Map(this.facts.map(({ id }, row) => [id, row]));
  }

  get size(): number {
    return this.facts.length;
  }

  get(id: number): OperatorRow | undefined {
    const row = this.#rowsById.get(id);
    return row === undefined ? undefined : this.rows[row];
  }

  has(id: number): boolean {
    return this.#rowsById.has(id);
  }

  /** One of them for a short look: an object that is not kept. */
  look(id: number): OperatorRow | undefined {
    const row = this.#rowsById.get(id);
    return row === undefined ? undefined : this.rowAt(row);
  }
}

/** For each operator how many before it have its name. */
function ordinalsOf(operators: readonly Operator[], before: readonly OperatorFacts[]): readonly number[] {
  if (operators.every(({ id, name }, row) => before[row]?.id === id && before[row].name === name))
    return before.map(({ ordinal }) => ordinal);
  const namesSeen = new Map<string, number>();
  return operators.map(({ name }) => {
    const ordinal = namesSeen.get(name) ?? 0;
    namesSeen.set(name, ordinal + 1);
    return ordinal;
  });
}

function haveSameIds(left: readonly OperatorFacts[], right: readonly OperatorFacts[]): boolean {
  return left === right || (left.length === right.length && left.every(({ id }, row) => id === right[row]?.id));
}
