import { Control } from '../board/layout.ts';
import { monotonicMs } from '../board/monotonic.ts';
import { watchCountedOperator, watchOperator } from '../explicit/watched.ts';
import { knownPull } from '../iterator/generators.ts';
import { senderOf } from '../redis/node-redis.ts';
import { holdingsOf } from '../sample/holdings.ts';
import { Adoption } from '../stream/adoption.ts';
import { linkExisting } from '../stream/existing.ts';
import { hookStreams } from '../stream/hooks.ts';
import { createTaskTeller } from '../task/task-teller.ts';
import type { OperatorNow, Tracker, TrackerOptions } from '../tracker.ts';
import { assignSide } from '../web-stream/known-sides.ts';
import { FunctionOperator } from './function-operator.ts';
import { Graph } from './graph.ts';
import { setJob } from './jobs.ts';
import type { Operator } from './operator.ts';
import { pendingAmong } from './pending.ts';
import { recordsAmong } from './records.ts';

/** Installs the hooks and starts to track. */
export function createTracker(options: TrackerOptions): Tracker {
  const graph = new Graph(options);
  const adoption = new Adoption(graph);
  const hooks = hookStreams(adoption);
  const tasks = createTaskTeller({
    post: options.post,
    nowMs: monotonicMs,
    unixMs: Date.now,
    onDropped: () => Atomics.add(options.board.control, Control.TASKS_DROPPED, 1),
  });

  const guard = <T>(fallback: T, task: () => T): T => {
    try {
      return task();
    } catch (error) {
      options.onError(error);
      return fallback;
    }
  };

  const stop = (): void => {
    if (graph.stopped) return;
    guard(undefined, () => hooks.remove());
    tasks.stop();
    guard(undefined, () => graph.stop());
  };
  graph.onStop = stop;

  return {
    beat: (nowMs) => {
      if (graph.stopped) return;
      guard(undefined, () => graph.emptyStack.enter(() => adoption.adopt()));
      guard(undefined, () => graph.emptyStack.enter(() => adoption.young.grow(nowMs)));
      guard(undefined, () => graph.beat(nowMs));
    },
    operators: () => guard([], () => graph.operators.map((operator) => operatorNow(graph, operator))),
    records: (limit) => guard([], () => recordsAmong(graph.operators, limit)),
    holdings: () => guard(undefined, () => holdingsOf(hooks.books, graph.nowMs())),
    pending: () => guard([], () => pendingAmong(graph.operators)),
    linkExisting: (candidates) => guard(0, () => linkExisting(adoption, candidates)),
    inspect: (operatorId) => guard(undefined, () => graph.find(operatorId)?.inspect()),
    operator: (name, fn, options) => guard(fn, () => FunctionOperator.wrap(graph, name, fn, options)),
    defineOperator: (definition) => guard(undefined, () => watchOperator(graph, definition)),
    defineCountedOperator: (definition) => guard(undefined, () => watchCountedOperator(graph, definition)),
    trackTask: (task) => guard(undefined, () => tasks.track(task)),
    offerTaskSlots: (slots) => guard(undefined, () => tasks.slots(slots)),
    inJob: (job, stream) =>
      guard(undefined, () => {
        for (const one of new Set([stream, senderOf(stream)])) adoption.assign(one, job);
        assignSide(stream, job);
        const producer = knownPull(stream)?.count.producer;
        if (producer !== undefined) setJob(producer, job, options.post);
      }),
    instrument: (client) => graph.stopped || guard(true, () => hooks.instrument(client)),
    stop,
  };
}

function operatorNow(graph: Graph, operator: Operator): OperatorNow {
  const active = graph.board.control[Control.RUNNING_OPERATOR] as number;
  const { id, name, kind, unit, done, inFlight } = operator;
  return { id, name, kind, unit, state: operator.state(active), running: active === id, completed: done, inFlight };
}
