import type { Flight } from '../../../agent/src/operator/flight.ts';
import type { Random } from './random.mjs';

export function runFlight(kind: typeof Flight, random: Random, result: Record<string, number>, steps?: number): void;
