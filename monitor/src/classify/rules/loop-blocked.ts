import type { BuiltInClassifier } from '../classification.ts';
import { calledInto, innermost, lineToOpen, mainStack, placeName } from '../frames.ts';
import { silentThread } from '../silent-thread.ts';

/**
 * A thread executes JavaScript that does not come back to the event loop: a loop, a regular expression, microtasks
 * without end, `Atomics.wait`. Whose code is innermost decides who must act.
 */
export const loopBlocked: BuiltInClassifier = {
  name: 'loop-blocked',
  classify: (subject) => {
    const thread = silentThread(subject);
    if (thread === undefined) return undefined;
    const { evidence } = subject;
    const frames = mainStack(evidence, 'cpu');
    const inner = innermost(frames);
    const location = lineToOpen(frames);
    if (inner === undefined || location === null) return undefined;
    const called = calledInto(frames).find((frame) => frame.function !== '');
    const reasons = [
      called === undefined
        ? `${thread} executes ${placeName(inner)} and does not return to the event loop.`
        : `${thread} is in ${called.function}, called by ${placeName(inner)}, and does not return to the event loop.`,
    ];
    if (inner.origin === 'user') {
      return { category: 'user', mechanism: 'loop-blocked', confidence: 0.9, location, reasons };
    }
    const confidence = location.file === inner.file ? 0.8 : 0.7;
    return { category: 'system', mechanism: 'loop-blocked', confidence, location, reasons };
  },
};
