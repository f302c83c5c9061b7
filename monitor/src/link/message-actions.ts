import type { WorkerMessage } from '@streamgauge/proto';
import type { Action } from '../access/authorise.ts';

/**
 * What the sender of each message must be allowed to do, for the worker and the job of its Hello. A message that is added to the
 * protocol does not compile without its line here.
 */
export const messageActions: Readonly<Record<NonNullable<WorkerMessage['body']['case']>, Action>> = {
  hello: 'report',
  report: 'report',
  event: 'report',
  heartbeat: 'report',
  statusAnswer: 'report',
  commandAnswer: 'report',
};
