import type { Harness } from './harness.mjs';
import type { Random } from './random.mjs';

type Shape = (harness: Harness, random: Random, result: Record<string, number>) => Promise<void>;
export const runLinear: Shape;
export const runBytes: Shape;
export function drive(harness: Harness, random: Random, start: (done: (error?: Error) => void) => void): Promise<void>;
