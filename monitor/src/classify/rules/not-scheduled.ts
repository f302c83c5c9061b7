import type { ThreadFacts } from '../../model/evidence.ts';
import type { BuiltInClassifier } from '../classification.ts';
import { silentThread } from '../silent-thread.ts';

/** A thread that wants to run and gets less of a processor than this is starved. */
const starvedShare = 0.3;
/**
 * Less than this is starved whatever the agent's clock says: the agent's thread sleeps most of the time, and a system lets such
 * a thread go first where many want to run.
 */
const surelyStarvedShare = 0.1;
/** What has used so much processor time without coming back to its event loop is held up by its code, however little it gets. */
const ownDoingMs = 300;
/** The agent's own clock must have missed this many milliseconds too: it shares nothing with the main thread but the machine. */
const agentGapMs = 100;

/**
 * The main thread could run and is not let: the machine, the container's quota or another process takes the time. Told from a
 * blocking call by the agent's own thread, whose clock has gaps then, too.
 */
export const notScheduled: BuiltInClassifier = {
  name: 'not-scheduled',
  classify: (subject) => {
    const name = silentThread(subject);
    if (name === undefined) return undefined;
    const { evidence, loop } = subject;
    const thread = evidence.findLast((piece) => piece.thread !== null)?.thread;
    if (!isStarved(thread)) return undefined;
    const gapMs = loop?.agentGapMs ?? 0;
    if (gapMs < agentGapMs && thread.cpuShare > surelyStarvedShare) return undefined;
    const share = Math.round(thread.cpuShare * 100);
    return {
      category: 'resource',
      mechanism: 'not-scheduled',
      confidence: 0.7,
      location: null,
      reasons: [
        `${name} wants to run and got ${share} % of a processor.`,
        ...(gapMs < agentGapMs
          ? []
          : [
              `The agent's own clock missed ${Math.round(gapMs)} ms as well, so the whole process is short of processor time.`,
            ]),
      ],
    };
  },
};

/** Whether a thread wants to run and gets little of a processor. */
export function isStarved(thread: ThreadFacts | null | undefined): thread is ThreadFacts {
  return thread != null && thread.state === 'R' && thread.cpuShare <= starvedShare && thread.spentMs < ownDoingMs;
}
