import type { BuiltInClassifier } from '../classification.ts';

/**
 * The connection to a broker is away, by the word of its client library, or the library has given it up for good and leaves the
 * process without a consumer: then it is not the broker that must act, but the library, or the program where that is left to it. No line
 * of the project is to blame for any of these.
 */
export const disconnected: BuiltInClassifier = {
  name: 'disconnected',
  classify: ({ finding: { rule, facts } }) => {
    if (rule !== 'connection-lost') return undefined;
    const decided = { mechanism: 'disconnected', location: null };
    if (facts.givenUp !== true) {
      const reason = 'The client library has told that its connection is away, and has not told that it is back.';
      return { ...decided, category: 'dependency', confidence: 0.9, reasons: [reason] };
    }
    const told = typeof facts.lastFailure === 'string' ? ` Its last word was: ${facts.lastFailure}` : '';
    if (facts.leftToProgram === true) {
      const reason = `The client library does not try again by itself, which is left to the program.${told}`;
      return { ...decided, category: 'user', confidence: 0.8, reasons: [reason] };
    }
    const reason = `The client library has given up, and does not try again by itself.${told}`;
    return { ...decided, category: 'system', confidence: 0.8, reasons: [reason] };
  },
};
