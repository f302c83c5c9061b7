import type { Clock } from '../clock.ts';
import { messageOf } from '../errors.ts';
import type { Logger } from '../log.ts';
import type { TaskFacts } from '../model/worker-tasks.ts';
import { rfc3339 } from '../store/log-record.ts';
import type { Store } from '../store/store.ts';

/** Tasks that are named; the number of all is told as well. */
const maxNamed = 100;

/** Writes into the event log which tasks had no end when their worker was lost: nobody else can tell of them. */
export function lostTasksRecorder({
  store,
  clock,
  log,
}: {
  readonly store: Pick<Store, 'appendRecord'>;
  readonly clock: Clock;
  readonly log: Pick<Logger, 'oncePerMinute'>;
}): (worker: { readonly worker: string; readonly job: string }, lost: readonly TaskFacts[]) => void {
  return ({ worker, job }, lost) => {
    const tasks = lost.slice(0, maxNamed).map((task) => ({ task: task.task, job: task.job }));
    const payload = { event: 'tasks.lost', state: 'lost', count: lost.length, tasks };
    store
      .appendRecord({ topic: 'status', at: rfc3339(clock.unixMs()), job, worker, payload })
      .catch((error: unknown) =>
        log.oncePerMinute('lost-tasks', `Lost tasks of a worker could not be written down: ${messageOf(error)}`),
      );
  };
}
