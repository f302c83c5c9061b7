import type { Harness } from './harness.mjs';
import type { Random } from './random.mjs';

export type Shape = (harness: Harness, random: Random, result: Record<string, number>) => Promise<void>;
export const runDiamond: Shape;
export const runFanIn: Shape;
export const runBroadcast: Shape;
export const runPartition: Shape;
