import type { RecordNow } from '../tracker.ts';
import type { Operator } from './operator.ts';

/** How many records of one operator are looked at: behind one that hangs there may be a hundred thousand. */
const MAX_PER_OPERATOR = 20;

/** Records in flight, the oldest first, of the operators that can tell them apart. */
export function recordsAmong(operators: readonly Operator[], limit: number): readonly RecordNow[] {
  const records: RecordNow[] = [];
  for (const operator of operators) {
    for (const { key, sinceMs } of operator.records(MAX_PER_OPERATOR)) {
      records.push({ operator: operator.name, key, sinceMs });
    }
  }
  return records.sort((left, right) => left.sinceMs - right.sinceMs).slice(0, limit);
}
