import type { Section } from './section.ts';

/** What was lost on purpose since the session began, and what waits to be sent. */
export const drops: Section = {
  name: 'drops',
  version: 1,
  body: ({ drops: lost, outbox }) => ({
    reports: Number(lost.reports),
    events: Number(lost.events),
    operators: Number(lost.operators),
    agentErrors: Number(lost.agentErrors),
    frames: Number(lost.frames),
    jobs: Number(lost.jobs),
    eventsWaiting: outbox.size,
    bytesWaiting: outbox.bytes,
  }),
};
