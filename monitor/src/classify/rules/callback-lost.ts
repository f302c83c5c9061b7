import type { BuiltInClassifier } from '../classification.ts';
import { itselfOutside, withoutStack } from '../without-stack.ts';

/**
 * The operator was called, has not called back, and no suspended asynchronous function explains it: its callback is lost, or
 * held by something it gave it to.
 */
export const callbackLost: BuiltInClassifier = {
  name: 'callback-lost',
  classify: (subject) => {
    if (subject.finding.rule !== 'operator-stalled') return undefined;
    const piece = subject.evidence.findLast((candidate) => candidate.callbackOutstanding);
    if (piece === undefined) return undefined;
    const called = 'The operator was called and has not called back, and none of its asynchronous calls is suspended.';
    return itselfOutside(subject, piece, 'callback-lost') ?? withoutStack(subject, piece, 'callback-lost', called);
  },
};
