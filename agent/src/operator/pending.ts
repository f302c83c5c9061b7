import { OperatorState } from '../board/layout.ts';
import type { PendingOperator } from '../tracker.ts';
import type { Operator } from './operator.ts';

/** Operators that could not be left alone if the event loop ended now, those that wait for another one of them last. */
export function pendingAmong(operators: readonly Operator[]): PendingOperator[] {
  const pending = new Set(operators.filter(isPending));
  const waits = ({ outputs }: Operator): boolean => outputs.some(({ target }) => pending.has(target));
  return [...pending]
    .sort((left, right) => Number(waits(left)) - Number(waits(right)))
    .map(({ id, done }) => ({ id, completed: done }));
}

/** A source that gives nothing waits for the world outside, and so does who has lost the way to it. */
function isPending(operator: Operator): boolean {
  if (operator.kind === 'source' || operator.condition.disconnectedSinceMs > 0) return false;
  if (operator.abandoned()) return true;
  if (operator.mayBeDone()) return false;
  return operator.state(0) === OperatorState.BUSY && (operator.inFlight > 0 || operator.finishing());
}
