import type { RecordOperator } from '../../../agent/src/operator/record-operator.ts';
import type { Shape } from './fan.mjs';
import type { Harness } from './harness.mjs';
import type { Random } from './random.mjs';

export const runLoop: Shape;
export const runMixed: Shape;
export function runRecords(
  kind: typeof RecordOperator,
  harness: Harness,
  random: Random,
  result: Record<string, number>,
  total?: number,
): Promise<void>;
