import type { Case } from './classification.ts';

/** Rules about one operator, which may run in a worker thread or wait for one. */
const ofOperator: ReadonlySet<string> = new Set(['operator-stalled', 'record-stuck']);

/**
 * The thread that does not come back to its event loop, as a sentence begins with it: the main thread by the finding, a worker
 * thread by the evidence, which is taken of what it executes only while its loop is silent. Undefined: none that is known.
 */
export function silentThread({ finding, evidence }: Case): string | undefined {
  if (finding.rule === 'loop-blocked') return 'The main thread';
  const newest = ofOperator.has(finding.rule) ? evidence.at(-1) : undefined;
  if (newest === undefined || newest.cpuThread === 0 || newest.loopSilentMs === 0) return undefined;
  return `Worker thread ${newest.cpuThread}`;
}
