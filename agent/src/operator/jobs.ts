import type { ToThread } from '../thread/messages.ts';
import type { Operator } from './operator.ts';

/** What the user has said of streams and clients, before they were operators. */
const named: WeakMap<object, string> = new WeakMap();
/** Nothing is looked up in the programs of one job, which are most. */
let anyNamed = false;

/** Says which dataflow whatever becomes of an object belongs to. */
export function nameJob(target: object, job: string): void {
  anyNamed = true;
  named.set(target, job);
}

/** What was said of an object; empty: nothing. */
export function jobOf(target: object): string {
  return anyNamed ? (named.get(target) ?? '') : '';
}

/** Says which dataflow an operator belongs to, and with it those that get its records and of which nothing else is known. */
export function setJob(operator: Operator, job: string, post: (message: ToThread) => void): void {
  if (operator.job === job || operator.released) return;
  operator.job = job;
  post({ type: 'operator-job', id: operator.id, job });
  for (const { target } of operator.outputs) inheritJob(operator, target, post);
}

/**
 * The operator to which one gives its records belongs to its dataflow, unless it belongs to another one already: what the user says of
 * it, or the first that gives to it, and that stays. Against the stream nothing is handed on, because what several flows share at their
 * end, such as stdout, would make one flow of them.
 */
export function inheritJob(source: Operator, target: Operator, post: (message: ToThread) => void): void {
  if (source.job !== '' && target.job === '') setJob(target, source.job, post);
}
