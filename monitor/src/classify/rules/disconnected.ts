import type { BuiltInClassifier } from '../classification.ts';

/** The connection to a broker is away, by the word of its client library. No line of the project is to blame for that. */
export const disconnected: BuiltInClassifier = {
  name: 'disconnected',
  classify: ({ finding }) => {
    if (finding.rule !== 'connection-lost') return undefined;
    return {
      category: 'dependency',
      mechanism: 'disconnected',
      confidence: 0.9,
      location: null,
      reasons: ['The client library has told that its connection is away, and has not told that it is back.'],
    };
  },
};
