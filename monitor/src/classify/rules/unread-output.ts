import type { BuiltInClassifier } from '../classification.ts';

/** Nobody is attached to read an operator's output: the program was put together without a consumer there. */
export const unreadOutput: BuiltInClassifier = {
  name: 'unread-output',
  classify: ({ finding, operator }) => {
    if (finding.rule !== 'nobody-reads') return undefined;
    return {
      category: 'user',
      mechanism: 'unread-output',
      confidence: 0.7,
      location: operator?.location ?? null,
      reasons: ['The output of the operator is full, and no stream, listener or iterator is attached to read it.'],
    };
  },
};
