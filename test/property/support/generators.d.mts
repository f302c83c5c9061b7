import type { Harness } from './harness.mjs';
import type { Random } from './random.mjs';

export function runGenerators(
  harness: Harness,
  random: Random,
  result: { checks: number; early: number; late: number },
): Promise<void>;
