import type { ExplicitOperator } from '../operator/explicit-operator.ts';
import type { Graph } from '../operator/graph.ts';
import { jobOf } from '../operator/jobs.ts';
import type { SourceLocation } from '../thread/messages.ts';
import { ProducerLeg } from './producer-leg.ts';

/** Names that one process gives messages to at most; what goes to further ones is left alone and counted. */
const MAX_PRODUCERS = 256;
/** A program may open and close a client for every message: the leg outlives a closed one for this long, milliseconds. */
const CLOSED_FOR_MS = 10_000;

interface Producer<Client extends object> {
  readonly leg: ProducerLeg;
  /** The last client that has given something. Held weakly: one that the program has dropped is not kept by us. */
  client: WeakRef<Client>;
  lastSentMs: number;
}

/** Looks at a client that may still be in use, and tells its operator what it sees; "closed": by the program, for good. */
export type LookAtClient<Client> = (client: Client, operator: ExplicitOperator, leg: ProducerLeg) => 'open' | 'closed';

/** The producing legs of one library in this process, one for each name that it gives messages to. */
export class ProducerBook<Client extends object> {
  readonly #graph: Graph;
  readonly #lookAt: LookAtClient<Client>;
  readonly #producers: Map<string, Producer<Client>> = new Map();

  constructor(graph: Graph, lookAt: LookAtClient<Client>) {
    this.#graph = graph;
    this.#lookAt = lookAt;
  }

  /** The leg of that name, which the client is about to use; undefined when there is no room for another one. */
  legOf(name: string, client: Client, locate: () => SourceLocation | undefined): ProducerLeg | undefined {
    const known = this.#producers.get(name);
    if (known !== undefined && !known.leg.operator.released) {
      known.lastSentMs = this.#graph.nowMs();
      if (known.client.deref() !== client) known.client = new WeakRef(client);
      return known.leg;
    }
    if (known === undefined && this.#producers.size >= MAX_PRODUCERS) {
      this.#graph.countDropped();
      return undefined;
    }
    const leg = ProducerLeg.open(this.#graph, name, locate(), (operator) => this.#look(name, operator), jobOf(client));
    if (leg === undefined) return undefined;
    this.#producers.set(name, { leg, client: new WeakRef(client), lastSentMs: this.#graph.nowMs() });
    return leg;
  }

  #look(name: string, operator: ExplicitOperator): void {
    const producer = this.#producers.get(name);
    if (producer === undefined) return;
    const client = producer.client.deref();
    if (client !== undefined && this.#lookAt(client, operator, producer.leg) === 'open') return;
    // Nothing is away: nobody wants the connection any more.
    operator.connected(true);
    if (this.#graph.nowMs() - producer.lastSentMs < CLOSED_FOR_MS) return;
    this.#producers.delete(name);
    operator.end(true);
  }
}
