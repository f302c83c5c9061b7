import { roundMs, type Section } from './section.ts';

/** The event loop of the main thread. */
export const eventLoop: Section = {
  name: 'event-loop',
  version: 1,
  ofMain: 'the share of its time that it is active, and what it waits for',
  body: ({ loop, main }) => ({
    blocked: loop.blockedMs > 0,
    blockedMs: roundMs(loop.blockedMs),
    silentMs: roundMs(loop.silentMs),
    // Since the last report.
    delayMaxMs: roundMs(loop.delayMaxMs),
    agentGapMs: roundMs(loop.agentGapMs),
    debuggerPaused: loop.debuggerPaused,
    ...(main === undefined
      ? {}
      : { activeMs: roundMs(main.loop.activeMs), idleMs: roundMs(main.loop.idleMs), resources: { ...main.resources } }),
  }),
};
