import type { BuiltInClassifier } from '../classification.ts';
import { exhausted, unreachable } from '../error-codes.ts';
import { innermost, lineToOpen, placeName } from '../frames.ts';

/** Why a worker failed, from the error's code and from whose code threw it. */
export const uncaughtError: BuiltInClassifier = {
  name: 'uncaught-error',
  classify: ({ finding, failure }) => {
    if (finding.rule !== 'failure' || failure === null || failure.name === '') return undefined;
    const text = `${failure.name} ${failure.message}`;
    const location = lineToOpen(failure.frames);
    const mechanism = 'uncaught-error';
    const code = exhausted.exec(text)?.[0];
    if (code !== undefined) {
      const reasons = [`The error says ${code}: something the process needs is used up.`];
      return { category: 'resource', mechanism, confidence: 0.8, location, reasons };
    }
    const peer = unreachable.exec(text)?.[0];
    if (peer !== undefined) {
      const reasons = [`The error says ${peer}: a peer refused, vanished or was not found.`];
      return { category: 'dependency', mechanism, confidence: 0.8, location, reasons };
    }
    const thrower = innermost(failure.frames);
    if (thrower?.origin === 'user') {
      const reasons = [`${failure.name} was thrown in ${placeName(thrower)} and nobody caught it.`];
      return { category: 'user', mechanism, confidence: 0.8, location, reasons };
    }
    if (thrower?.origin === 'dependency') {
      const reasons = [
        `${failure.name} was thrown in an installed package, ${placeName(thrower)}, and nobody caught it.`,
      ];
      return { category: 'system', mechanism, confidence: 0.6, location, reasons };
    }
    return {
      category: 'unknown',
      mechanism,
      confidence: 0.3,
      location,
      reasons: [`${failure.name} was not caught, and its stack names no code of the project or of a package.`],
    };
  },
};
