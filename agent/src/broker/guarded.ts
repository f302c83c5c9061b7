import type { Graph } from '../operator/graph.ts';

/** Does something of the agent's own in the middle of a library: its fault is counted, and once the agent has stopped it is left undone. */
export type Guard = <T>(task: () => T) => T | undefined;

/** Gives that for the graph. */
export function guardFor(graph: Graph): Guard {
  return (task) => {
    if (graph.stopped) return undefined;
    try {
      return task();
    } catch (error) {
      graph.onError(error);
      return undefined;
    }
  };
}
