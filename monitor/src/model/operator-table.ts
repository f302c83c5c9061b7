import type { Operator } from '@streamgauge/proto';
import type { CodeOwner } from './code-owner.ts';
import { type OperatorFacts, OperatorRow, operatorColumns, readFacts, writeNumbers } from './operator-row.ts';
import { SparseRows } from './sparse-rows.ts';

/**
 * The operators of one report: their numbers in one array, and what seldom changes in facts that reports share. Thousands of workers
 * report every second, and a report stays until the one after the next: as an object for each operator, with a box for every fraction,
 * reports were most of what V8 had to copy and to mark (docs/benchmarks.md). The objects are made when somebody asks for them, which
 * nobody does of a worker that is well.
 */
export class OperatorTable {
  /** How long an operator has held a record, been without connection, or had its oldest record, at most. */
  readonly longestMs: number;
  /** Whether the output of an operator has nobody to read it. */
  readonly hasUnread: boolean;
  readonly facts: readonly OperatorFacts[];
  readonly #numbers: SparseRows;
  readonly #rowsById: ReadonlyMap<number, number>;
  #rows: readonly OperatorRow[] | undefined;

  /** Of operators with different ids; before: the table of the report before, or undefined. */
  constructor(operators: readonly Operator[], ownJob: string, codeOwner: CodeOwner, before: OperatorTable | undefined) {
    const numbers = new SparseRows(operators.length, operatorColumns, (row, columns) =>
      writeNumbers(operators[row] as Operator, columns),
    );
    const facts = factsOf(operators, ownJob, codeOwner, before?.facts ?? []);
    let longestMs = 0;
    let hasUnread = false;
    facts.forEach((one, at) => {
      const row = new OperatorRow(one, numbers, at);
      longestMs = Math.max(longestMs, row.heldMs, row.disconnectedMs, row.oldestMs);
      hasUnread ||= row.unread;
    });
    this.longestMs = longestMs;
    this.hasUnread = hasUnread;
    this.facts = facts;
    this.#numbers = numbers;
    const same = before !== undefined && haveSameIds(this.facts, before.facts);
    this.#rowsById = same ? before.#rowsById : new Map(this.facts.map(({ id }, row) => [id, row]));
  }

  get size(): number {
    return this.facts.length;
  }

  /** All of them, always the same objects. */
  get rows(): readonly OperatorRow[] {
    this.#rows ??= this.facts.map((facts, row) => new OperatorRow(facts, this.#numbers, row));
    return this.#rows;
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
    const facts = row === undefined ? undefined : this.facts[row];
    return row === undefined || facts === undefined ? undefined : new OperatorRow(facts, this.#numbers, row);
  }
}

/** Facts of all operators; the list of the report before, where all are the same. */
function factsOf(
  operators: readonly Operator[],
  ownJob: string,
  codeOwner: CodeOwner,
  before: readonly OperatorFacts[],
): readonly OperatorFacts[] {
  const ordinals = ordinalsOf(operators, before);
  const facts = operators.map((operator, row) =>
    readFacts(operator, ordinals[row] ?? 0, ownJob, codeOwner, before[row]),
  );
  const same = facts.length === before.length && facts.every((one, row) => one === before[row]);
  return same ? before : facts;
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
