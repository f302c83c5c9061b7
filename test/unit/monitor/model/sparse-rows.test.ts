import fc from 'fast-check';
import { expect, it } from 'vitest';
import { SparseRows } from '../../../../monitor/src/model/sparse-rows.ts';

const columns = { count: 30, unknowable: (1 << 3) | (1 << 29) };

it('gives back every number that was put into a column, and nothing for 0 or for what is not known', () => {
  const value = fc.oneof(
    fc.constant(0),
    fc.constant(0),
    fc.double(),
    fc.integer(),
    fc.constant(Number.POSITIVE_INFINITY),
  );
  const row = fc.array(value, { minLength: columns.count, maxLength: columns.count });
  fc.assert(
    fc.property(fc.array(row, { maxLength: 20 }), (rows) => {
      const table = new SparseRows(rows.length, columns, (at, numbers) => numbers.set(rows[at] as number[]));
      // A later table must not write into an earlier one.
      new SparseRows(rows.length, columns, (_at, numbers) => numbers.fill(7));
      rows.forEach((numbers, at) => {
        numbers.forEach((number, column) => {
          const isUnknowable = ((1 << column) & columns.unknowable) !== 0;
          const left = isUnknowable ? Number.isNaN(number) : number === 0;
          expect(table.get(at, column)).toBe(left ? undefined : number);
        });
      });
    }),
  );
});
