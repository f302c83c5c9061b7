import { AsyncLocalStorage } from 'node:async_hooks';
import { Control } from '../board/layout.ts';
import type { Graph } from '../operator/graph.ts';
import type { Operator } from '../operator/operator.ts';

/**
 * From this version on a context costs about 50 ns per await inside of a handler. Before it, and with the flag that brings the old
 * way back, every promise of the process would pay, and nothing is asked for.
 */
const CONTEXTS_SINCE = 24;
const OLD_WAY = '--no-async-context-frame';

const context = contextsAreCheap() ? new AsyncLocalStorage<Operator>() : undefined;

/**
 * Runs a handler of the user's as an operator: while its synchronous part runs, the board shows it, and what it does later is known
 * to be its doing.
 */
export function runAs<R>(graph: Graph, operator: Operator, task: () => R): R {
  const { control } = graph.board;
  const previous = control[Control.RUNNING_OPERATOR] as number;
  control[Control.RUNNING_OPERATOR] = operator.id;
  try {
    return context === undefined ? task() : context.run(operator, task);
  } finally {
    control[Control.RUNNING_OPERATOR] = previous;
  }
}

/** An operator gives what the code that runs now has given it: that code's operator, where it is known, gets an edge to it. */
export function joinCaller(graph: Graph, operator: Operator): void {
  const running = graph.find(graph.board.control[Control.RUNNING_OPERATOR] as number) ?? context?.getStore();
  if (running?.graph === graph) graph.connect(running, operator, 'manual', 0, [], always);
}

function contextsAreCheap(): boolean {
  const [major] = process.versions.node.split('.');
  const options = `${process.execArgv.join(' ')} ${process.env.NODE_OPTIONS ?? ''}`;
  return Number(major) >= CONTEXTS_SINCE && !options.includes(OLD_WAY);
}

function always(): boolean {
  return true;
}
