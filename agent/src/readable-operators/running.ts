import { Control } from '../board/layout.ts';
import type { Graph } from '../operator/graph.ts';
import type { Step } from './step.ts';

/** Runs user code as that of a step, so that one that blocks the main thread is known. */
export function running<T>(graph: Graph, step: Step, task: () => T): T {
  const { control } = graph.board;
  const previous = control[Control.RUNNING_OPERATOR] as number;
  control[Control.RUNNING_OPERATOR] = step.operator?.id ?? 0;
  try {
    return task();
  } finally {
    control[Control.RUNNING_OPERATOR] = previous;
  }
}
