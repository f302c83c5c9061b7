import type { OutgoingMessage } from 'node:http';
import { OperatorState } from '../board/layout.ts';
import { ExplicitOperator } from '../operator/explicit-operator.ts';
import type { Graph } from '../operator/graph.ts';
import type { OperatorIdentity } from '../operator/operator.ts';

/**
 * A request or response on its way out, of which nothing can be counted: it shows where a pipe ends. When it has no room, the
 * other end of the connection does not read, so it is held up itself and never to blame.
 */
export class OutgoingOperator extends ExplicitOperator {
  readonly #message: WeakRef<OutgoingMessage>;

  constructor(identity: OperatorIdentity, graph: Graph, message: OutgoingMessage) {
    super(identity, graph);
    this.#message = new WeakRef(message);
  }

  override queued(): number {
    return 0;
  }

  override state(): OperatorState {
    return this.#message.deref()?.writableNeedDrain === true ? OperatorState.BACKPRESSURED : OperatorState.IDLE;
  }

  override progress(): 'open' | 'finished' | 'released' | 'cut' {
    const message = this.#message.deref();
    return message === undefined || message.destroyed || message.writableFinished ? 'released' : 'open';
  }
}
