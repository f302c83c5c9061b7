import type { GraphView } from '@streamgauge/monitor';
import { OPERATORS } from './fault.ts';

/** One operator as the demo shows it. */
export interface FlowRow {
  readonly operator: string;
  readonly recordsPerSecond: number;
  /** As the monitor sees it: ok, idle, slow, stalled, backpressured, victim, ... */
  readonly verdict: string;
}

/** Gives the operators of the demo, in the order of the flow, with their rates between two looks at the graph. */
export function flowBetween(before: GraphView, now: GraphView): readonly FlowRow[] {
  const passedSeconds = (Date.parse(now.at) - Date.parse(before.at)) / 1000;
  const movedBefore = new Map(before.operators.map((operator) => [operator.id, moved(operator)]));
  return OPERATORS.flatMap((name) => {
    const operator = now.operators.find((each) => each.name === name);
    if (operator === undefined) return [];
    const records = moved(operator) - (movedBefore.get(operator.id) ?? moved(operator));
    const recordsPerSecond = passedSeconds > 0 ? Math.max(0, Math.round(records / passedSeconds)) : 0;
    return [{ operator: name, recordsPerSecond, verdict: operator.verdict }];
  });
}

/** Whether every operator of the demo is there and moves. */
export function isFlowing(rows: readonly FlowRow[]): boolean {
  return rows.length === OPERATORS.length && rows.every((row) => row.recordsPerSecond > 0);
}

/** A source takes nothing in: what it gave counts. */
function moved(operator: GraphView['operators'][number]): number {
  return Math.max(operator.recordsIn, operator.recordsOut ?? 0);
}
