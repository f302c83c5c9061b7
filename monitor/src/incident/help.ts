import type { NamedClassification } from '../classify/classification.ts';
import type { RuleName } from '../detect/finding.ts';

const byMechanism: Readonly<Record<string, string>> = {
  failing:
    'Read the last failure: it names what the other side refuses. Until that is mended the same records are tried again and again.',
  'await-pending':
    'Open the named line: see who should settle the awaited promise and what happens when it never does; give the wait a timeout.',
  'callback-lost':
    'Follow the operator from the named line: on some path its callback is not called. Give what it waits for a timeout.',
  'loop-blocked':
    'Open the named line: split the work, bound the loop or the regular expression, or move it to a worker thread.',
  'native-call':
    'Replace the synchronous call by its asynchronous form, or move it to a worker thread; everything else in the process waits for it.',
  'not-scheduled':
    'Give the process more processor time: look at the container quota, at other processes on the machine, and at the host.',
  gc: 'Keep less alive at the same time, ask for large buffers less often, or give the process a larger heap (--max-old-space-size).',
  'unread-output':
    'Attach a consumer to the output, call resume() to discard it, or end the pipeline with a Writable instead.',
};

const byCategory: Readonly<Record<string, string>> = {
  dependency:
    'Look at the peer named in the reasons: is it reachable, does it answer, does it read? Give the wait a timeout.',
  resource:
    'Look at what is used up or stands still: memory, disk, descriptors, processor time, a pipe that nobody reads.',
  system:
    'Look whether the package named in the reasons has a newer version, or an open issue of this kind; until then give the wait a timeout.',
  user: 'Open the named line; it belongs to the project itself.',
};

const byRule: Readonly<Record<RuleName, string>> = {
  'operator-stalled': 'Take a sample of the worker, and look at what the operator had taken and not completed.',
  'connection-lost':
    'Look whether the broker runs, whether it can be reached from this host, and whether it refuses the client; the client library dials again by itself.',
  'record-stuck':
    'Look at that record and at what its handler waits for; give the wait a timeout, or move the record aside.',
  'loop-blocked': 'Look at the samples; frames of a native call follow when it returns.',
  'nobody-reads': 'Attach a consumer to the output.',
  'left-undone': 'Look at what the operator had taken and not completed: nothing was left that could have finished it.',
  'worker-lost':
    'Look whether the process still runs on its host: killed for memory, crashed in native code, restarted elsewhere, or cut off from the network.',
  failure: 'Read the error and its stack; restart the worker when the cause is mended.',
};

/** Of a connection whose client library does not dial again by itself. */
const givenUp =
  'Restart the worker, and listen to what the client library tells when it gives up: let the process end then, or begin anew.';

/** Of a channel or connection that the program itself has to open again. */
const leftToProgram =
  'Read the last failure: mend what the broker has closed the channel for. Listen to its close, then connect, and consume again.';

/** Of a consumer that its client library has ended because its handler threw. */
const handlerThrew =
  'Open the named line: mend what it throws, or catch it, and restart the worker; the consumer does not begin again by itself.';

/** Of messages whose handler has returned. */
const noWord =
  'Follow the handler from the named line: on some path it neither acknowledges nor refuses what it was given.';

/** What to do next. The most special advice there is. */
export function helpFor(rule: RuleName, decided: NamedClassification): string {
  if (rule === 'connection-lost' && decided.category === 'system') return givenUp;
  if (rule === 'connection-lost' && decided.category === 'user') return leftToProgram;
  if (rule === 'worker-lost' || rule === 'connection-lost') return byRule[rule];
  if (rule === 'record-stuck' && decided.location === null) return byRule[rule];
  if (decided.classifier === 'unacknowledged') return noWord;
  if (rule === 'operator-stalled' && decided.mechanism === 'uncaught-error') return handlerThrew;
  if (decided.mechanism === 'gc') return byMechanism.gc ?? byRule[rule];
  if (decided.mechanism === 'failing') return byMechanism.failing ?? byRule[rule];
  const outside = decided.category === 'dependency' || decided.category === 'resource';
  if (rule === 'operator-stalled' && outside) return byCategory[decided.category] ?? byRule[rule];
  const advice = byMechanism[decided.mechanism];
  if (advice !== undefined && (decided.mechanism !== 'loop-blocked' || decided.location !== null)) return advice;
  return byCategory[decided.category] ?? byRule[rule];
}
