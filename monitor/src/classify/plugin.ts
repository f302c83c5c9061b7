import type { Case, Classifier, ClassifierAnswer } from './classification.ts';

/** How long one plugin may think about one case, milliseconds. */
export const classifierTimeoutMs = 2000;

/** Calls back once after delayMs unless the returned function is called before; the only thing a chain needs of time. */
export type Alarm = (delayMs: number, callback: () => void) => () => void;

/**
 * Why a plugin gave no answer. load: its module cannot be had. timeout: it took too long. throw: it threw or rejected. answer:
 * what it said makes no sense. crash: its thread has ended. busy: too many cases wait for it.
 */
export type PluginFailure = 'load' | 'timeout' | 'throw' | 'answer' | 'crash' | 'busy';

/** A plugin gave no answer; the message is half a sentence for people. */
export class PluginError extends Error {
  override readonly name = 'PluginError';
  readonly failure: PluginFailure;

  constructor(failure: PluginFailure, message: string) {
    super(message);
    this.failure = failure;
  }
}

/** A classifier of the operator's as the chain asks it, wherever it runs. */
export interface Plugin {
  readonly name: string;
  /** Keys of the labels it may give. */
  readonly outputKeys: readonly string[];
  /** Answers or rejects with a PluginError, in bounded time. */
  ask(subject: Case): Promise<ClassifierAnswer | undefined>;
}

/** Plugins in the order in which they are asked. */
export interface Plugins {
  readonly classifiers: readonly Plugin[];
  /** Asked of failures only, before the others. */
  readonly failureClassifiers: readonly Plugin[];
}

/**
 * A classifier that runs on the monitor's own loop. It is given up when its promise takes too long; a loop of its own nobody can
 * end there.
 */
export function pluginOnLoop(classifier: Classifier, alarm: Alarm): Plugin {
  return {
    name: classifier.name,
    outputKeys: classifier.outputKeys ?? [],
    ask: (subject) =>
      new Promise((resolve, reject) => {
        const cancel = alarm(classifierTimeoutMs, () => reject(tooLate()));
        new Promise<ClassifierAnswer | undefined>((settle) => settle(classifier.classify(subject)))
          .then(resolve, (thrown: unknown) => reject(threw(thrown)))
          .finally(cancel);
      }),
  };
}

/** It took too long. */
export function tooLate(): PluginError {
  return new PluginError('timeout', `it gave no answer within ${classifierTimeoutMs / 1000} s`);
}

/** It threw, or its promise was rejected. */
export function threw(thrown: unknown): PluginError {
  return new PluginError('throw', thrown instanceof Error ? thrown.message : String(thrown));
}
