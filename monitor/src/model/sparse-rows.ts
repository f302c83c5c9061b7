/** Most columns of a row: one bit of a small integer for each. */
const maxColumns = 30;

/** What is written into before it is known how much it is; every table takes a copy. */
const scratch = new Float64Array(maxColumns);
const packed: number[] = [];

/** What a table of rows holds. */
export interface Columns {
  readonly count: number;
  /** Columns whose numbers may be unknown, as bits: there NaN is what is left out, elsewhere 0. */
  readonly unknowable: number;
}

/**
 * Rows of numbers of which most are 0 or unknown: only the others are kept. All lie in one list: where each row begins, and there a bit for
 * each column that it has, and its numbers.
 *
 * The list is one of V8's own. A typed array lies outside of its heap, and what lies there and is not collected young has V8 collect
 * everything each time it has grown by 64 MB: with thousands of workers every seven seconds.
 */
export class SparseRows {
  readonly #list: readonly number[];

  /** write: puts the numbers of a row into their columns. */
  constructor(rows: number, columns: Columns, write: (row: number, numbers: Float64Array) => void) {
    let length = rows;
    for (let row = 0; row < rows; row += 1) {
      scratch.fill(0);
      write(row, scratch);
      const start = length;
      let present = 0;
      length += 1;
      for (let column = 0; column < columns.count; column += 1) {
        const value = scratch[column] as number;
        const bit = 1 << column;
        if ((columns.unknowable & bit) === 0 ? value === 0 : Number.isNaN(value)) continue;
        present |= bit;
        packed[length] = value;
        length += 1;
      }
      packed[row] = start;
      packed[start] = present;
    }
    // Doubles from the start: such a list is one block, and not a box for each number.
    const list = new Array<number>(length).fill(0.5);
    for (let at = 0; at < length; at += 1) list[at] = packed[at] as number;
    this.#list = list;
  }

  /** The number in a column of a row; undefined where none is kept. */
  get(row: number, column: number): number | undefined {
    const start = this.#list[row] as number;
    const present = this.#list[start] as number;
    const bit = 1 << column;
    return (present & bit) === 0 ? undefined : this.#list[start + 1 + ones(present & (bit - 1))];
  }
}

/** How many bits of a number are 1 (Warren, Hacker's Delight, 5-1). */
function ones(bits: number): number {
  const pairs = bits - ((bits >>> 1) & 0x55555555);
  const fours = (pairs & 0x33333333) + ((pairs >>> 2) & 0x33333333);
  return Math.imul((fours + (fours >>> 4)) & 0x0f0f0f0f, 0x01010101) >>> 24;
}
