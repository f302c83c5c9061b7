export interface Random {
  next(): number;
  below(limit: number): number;
  chance(share: number): boolean;
}
export function seededRandom(seed: number): Random;
export function later(random: Random, task: () => void): void;
export function seedOfRun(seed: number, run: number): number;
