import type { WorkerEvidence } from '../model/evidence.ts';

/** A worker thread that has not answered what it was sent. */
export interface AwaitedThread {
  readonly thread: number;
  readonly owedMs: number;
}

/** Messages and records are told by the same clock, and what an operator does is published a little later than it happens. */
const clockToleranceMs = 250;
/** A message that has been unanswered for a smaller share of the time was sent for something else. */
const leastShare = 0.25;

/**
 * The worker thread that was sent a message since the record was taken and has sent none since. The first message counts, so
 * that a thread that is only told things owes its answer from long before the record.
 *
 * @param heldMs how long the record was held when the evidence was taken
 */
export function awaitedThread({ connections }: WorkerEvidence, heldMs: number): AwaitedThread | undefined {
  return connections.find(
    ({ thread, owedMs }) => thread !== 0 && owedMs <= heldMs + clockToleranceMs && owedMs > heldMs * leastShare,
  );
}
