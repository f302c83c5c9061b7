import type { JsonObject } from '@streamgauge/proto';
import { roundMs, type Section, type StatusFacts, type ThreadFacts } from './section.ts';

/** The threads of the process that the agent knows, as the operating system and their event loops show them. */
export const threads: Section = {
  name: 'threads',
  version: 1,
  body: (facts) => {
    const { loop, pid, agentThread, workerThreads } = facts;
    const main: ThreadFacts = { ...loop, thread: 0, systemThread: pid };
    return {
      main: threadBody(main, facts),
      agent: systemBody(agentThread, facts),
      workers: workerThreads.map((thread) => ({ thread: thread.thread, ...threadBody(thread, facts) })),
    };
  },
};

function threadBody(thread: ThreadFacts, facts: StatusFacts): JsonObject {
  const { silentMs, blockedMs, runningOperator } = thread;
  return {
    ...systemBody(thread.systemThread, facts),
    loop: blockedMs > 0 ? 'blocked' : 'turns',
    silentMs: roundMs(silentMs),
    blockedMs: roundMs(blockedMs),
    runningOperator: nameOf(runningOperator, facts),
  };
}

function systemBody(systemThread: number, { lookAtThread }: StatusFacts): JsonObject {
  const look = systemThread === 0 ? undefined : lookAtThread(systemThread);
  if (look === undefined) return {};
  return {
    systemThread,
    state: look.state,
    cpuMs: roundMs(look.cpuMs),
    ...(look.waitChannel === '' ? {} : { waitChannel: look.waitChannel }),
    ...(look.systemCall < 0 ? {} : { systemCall: look.systemCall }),
  };
}

/** Null: it runs the code of none, or of one that is not known. */
function nameOf(operator: number, { graphs }: StatusFacts): string | null {
  for (const { topology } of graphs) {
    const known = topology.operators.get(operator);
    if (known !== undefined) return known.info.name;
  }
  return null;
}
