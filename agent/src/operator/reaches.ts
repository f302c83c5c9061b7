import type { Operator } from './operator.ts';

/** True when there is a way from one operator to the other that closes no loop. */
export function reaches(from: Operator, to: Operator, seen: Set<Operator> = new Set()): boolean {
  if (from === to) return true;
  if (seen.has(from)) return false;
  seen.add(from);
  return from.outputs.some((edge) => !edge.back && reaches(edge.target, to, seen));
}
