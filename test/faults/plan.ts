import { createHash } from 'node:crypto';

/** How much of the faults is done, from the environment: see run.ts. */
export const PLAN = {
  seed: Number(process.env.FAULTS_SEED ?? 1),
  /** Faults of each kind that come by chance. Few are for every day. */
  rounds: Number(process.env.FAULTS_ROUNDS ?? 6),
  /** Name of a module in mutants/ that breaks the monitor. */
  mutant: process.env.FAULTS_MUTANT,
} as const;

/** Numbers of a seed, from 0 up to but not including 1: the same ones in the same order for the same name. */
export function chance(name: string): () => number {
  let drawn = 0;
  return () => {
    const text = `${PLAN.seed}:${name}:${drawn++}`;
    return createHash('sha256').update(text).digest().readUInt32BE(0) / 2 ** 32;
  };
}

/** One of the values. */
export function pick<Value>(random: () => number, values: readonly Value[]): Value {
  return values[Math.floor(random() * values.length)] as Value;
}
