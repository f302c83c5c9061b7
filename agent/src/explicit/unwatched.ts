import { checkChannel, checkTarget } from './definition.ts';
import type {
  CountedOperatorHandle,
  OperatorHandle,
  PortHandle,
  RecordHandle,
  RecordOperatorHandle,
} from './handles.ts';

const nothing = (): void => undefined;
const RECORD: RecordHandle = Object.freeze({ end: nothing });
/** A port that nobody watches. */
export const UNWATCHED_PORT: PortHandle = Object.freeze({ move: nothing, head: nothing, close: nothing });

/** What `defineOperator` gives where no agent runs: takes everything and does nothing, so that it may stay in the code. */
export function unwatchedOperator(name: string): RecordOperatorHandle {
  return { ...unwatched(name), receive: () => RECORD };
}

/** What `defineCountedOperator` gives where no agent runs. */
export function unwatchedCountedOperator(name: string): CountedOperatorHandle {
  return { ...unwatched(name), receive: nothing, finish: nothing };
}

function unwatched(name: string): OperatorHandle {
  const port = (channel: Parameters<OperatorHandle['givesTo']>[0]): PortHandle => {
    checkChannel(channel);
    return UNWATCHED_PORT;
  };
  return {
    name,
    fail: nothing,
    pause: nothing,
    resume: nothing,
    connected: nothing,
    blocked: nothing,
    feeds: checkTarget,
    givesTo: port,
    takesFrom: port,
    close: nothing,
  };
}
