import { CountedOperator } from '../operator/counted-operator.ts';
import type { ExplicitOperator } from '../operator/explicit-operator.ts';

/** The fetch leg of a consumer. It counts as cut off from the broker when it gets no answer for too long. */
export class FetchOperator extends CountedOperator {
  /** Milliseconds without an answer after which the connection counts as away. */
  patienceMs: number = Number.POSITIVE_INFINITY;
  /** Monotonic milliseconds since which an answer to a fetch or a commit is awaited; undefined: none is. */
  awaitingSinceMs: number | undefined = undefined;
  /** The leg that needs the same connection. */
  commit: ExplicitOperator | undefined = undefined;

  /** Clients that retry for ever tell nobody that they do: looked at whenever the operator is published. */
  override adapt(nowMs: number): void {
    const { awaitingSinceMs: sinceMs } = this;
    if (sinceMs === undefined || nowMs - sinceMs <= this.patienceMs) return;
    this.connected(false, sinceMs);
    this.commit?.connected(false, sinceMs);
  }
}
