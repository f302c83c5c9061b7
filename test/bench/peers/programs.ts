import type { StallCase } from '../../stalls/truth.ts';

/**
 * The programs that every tool is put to unless all are asked for: each mechanism of the set, in the shapes of dataflow that it has.
 * A program of each was taken by its mechanism and shape, before any tool had seen it.
 */
const CHOSEN = [
  // await-pending
  'a01-await-in-transform', // pipeline
  'a16-events-handler', // events.on
  'a17-web-pull-through-reader', // Web Streams, getReader()
  'a24-permits-leak', // async generators in pipeline()
  'd13-query-without-answer', // Readable.map, a server that does not answer
  'd15-generic-pool-drained', // RxJS, a pool
  'q03-job-waits-for-job', // BullMQ
  'q21-entry-never-done', // Redis Streams
  'q28-child-dies', // operator(), child process
  'q29-web-socket-reply', // data listener, ws
  // callback-lost
  's17-through2-early-return', // pipe, through2
  's18-streamx-callback-lost', // streamx
  'q07-not-acknowledged', // amqplib
  'q09-pending-acknowledgements', // JetStream
  // unread-output
  's07-multipart-file-unread', // pipe, HTTP
  // loop-blocked
  'e01-regex', // pipeline
  'e04-microtasks', // operator()
  'q01-job-loses-lock', // BullMQ
  'q24-thread-spins', // worker thread
  // native-call
  'e09-spawn-sync', // async generators
  'e16-json-parse', // pipeline
  // livelock
  'e18-conflict-every-time', // async generators
  // gc
  'h05-collector-between-steps', // async generators
  // not-scheduled
  'h01-stopped', // pipeline
  // failing
  'q12-poison-message', // kafkajs
  // disconnected
  'd30-server-gone-web', // Web Streams
  // uncaught-error
  'u01-error-without-a-listener', // pipe
] as const;

/** The hangs of the set that are to be run. Throws when a chosen program has gone, or a mechanism of the set has none. */
export function chooseHangs(cases: readonly StallCase[], all: boolean): readonly StallCase[] {
  const hangs = cases.filter(({ truth }) => truth.culprit !== undefined);
  const ids: ReadonlySet<string> = new Set(CHOSEN);
  const chosen = hangs.filter(({ id }) => ids.has(id));
  if (chosen.length < ids.size) {
    const gone = CHOSEN.filter((id) => !chosen.some((stallCase) => stallCase.id === id));
    throw new Error(`The set has no ${gone.join(', ')}.`);
  }
  const covered = new Set(chosen.map(mechanismOf));
  const without = [...new Set(hangs.map(mechanismOf))].filter((mechanism) => !covered.has(mechanism));
  if (without.length > 0) throw new Error(`No program was chosen for ${without.join(', ')}.`);
  return all ? hangs : chosen;
}

export function mechanismOf({ truth }: StallCase): string {
  return truth.culprit?.mechanism ?? 'none';
}
