import type { Reporter } from './reporter.ts';

/** One JSON object per line: `incident.*` as everywhere, and `demo.*` for what the demo does itself. */
export function createJsonReporter(write: (text: string) => void): Reporter {
  const line = (event: string, fields: object): void => write(`${JSON.stringify({ event, ...fields })}\n`);
  return {
    started: (start) => line('demo.started', start),
    flow: (operators, elapsedMs) => line('demo.flow', { elapsedMs: Math.round(elapsedMs), operators }),
    faultInjected: ({ fault, operator }) => line('demo.fault-injected', { fault, operator }),
    incident: ({ event, incident }) => line(event, { incident }),
    faultLifted: ({ fault, operator }) => line('demo.fault-lifted', { fault, operator }),
    finished: ({ ok, reason, elapsedMs }) => line('demo.finished', { ok, reason, elapsedMs: Math.round(elapsedMs) }),
  };
}
