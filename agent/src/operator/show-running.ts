import type { Operator } from './operator.ts';

/**
 * Shows whose code runs, and gives the number of operators that run without showing it. An operator upstream of such a one would
 * be blamed for what the other does inside its calls: it shows nothing either.
 */
export function showRunning(operators: readonly Operator[]): number {
  const hidden = new Set<Operator>();
  const hide = (operator: Operator): void => {
    if (hidden.has(operator)) return;
    hidden.add(operator);
    for (const edge of operator.inputs) hide(edge.source);
  };
  let hot = 0;
  for (const operator of operators) {
    if (!operator.hot) continue;
    hot++;
    hide(operator);
  }
  for (const operator of operators) operator.showRunning(!hidden.has(operator));
  return hot;
}
