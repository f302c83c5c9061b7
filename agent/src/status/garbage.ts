import { roundMs, type Section } from './section.ts';

/** Collections of garbage in the main thread while it was watched for this: the runtime keeps no count of them. */
export const garbage: Section = {
  name: 'gc',
  version: 1,
  ofMain: 'everything',
  body: ({ main }) => {
    if (main?.garbage === undefined) return {};
    const { observedMs, pausedMs, collections } = main.garbage;
    return { observedMs: roundMs(observedMs), pausedMs: roundMs(pausedMs), collections: { ...collections } };
  },
};
