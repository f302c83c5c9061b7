import type { BuiltInClassifier } from '../classification.ts';
import { isInstalled } from '../frames.ts';

/**
 * The event loop ran dry while the operator held a record. Nothing was open that could still have called back or settled a
 * promise, so that nobody outside is to blame: the code that holds the record has lost its way to finish it.
 */
export const leftUndone: BuiltInClassifier = {
  name: 'left-undone',
  classify: ({ finding, evidence, operator }) => {
    if (finding.rule !== 'left-undone') return undefined;
    const piece = evidence.findLast(({ trigger }) => trigger === 'loop-drained');
    const location = piece?.operatorLocation ?? operator?.location ?? null;
    const decide = (mechanism: string, confidence: number, reason: string) => {
      const category = isInstalled(location) ? 'system' : 'user';
      return { category, mechanism, confidence, location, reasons: [dry, reason] };
    };
    if (finding.type === 'backpressure') {
      return decide('unread-output', 0.9, 'Its output was full, and nothing of it had ever been read.');
    }
    if (piece === undefined) return undefined;
    if (piece.callbackOutstanding && !piece.promiseOutstanding) {
      return decide('callback-lost', 0.9, 'It was called and had not called back.');
    }
    if (!piece.promiseOutstanding) return undefined;
    return piece.callbackOutstanding
      ? decide(
          'await-pending',
          0.6,
          'Its method is asynchronous: it awaits for ever, or has returned without calling back.',
        )
      : decide('await-pending', 0.8, 'It waited for a promise that nothing could settle any more.');
  },
};

const dry = 'The event loop had nothing left to wait for: no timer, request or connection was open.';
