import type { ExplicitOperator } from '../operator/explicit-operator.ts';
import type { Graph } from '../operator/graph.ts';
import type { SourceLocation } from '../thread/messages.ts';
import { ConsumerLegs } from './consumer-legs.ts';

/** Consumers of one process at most; further ones are left alone and counted. */
const MAX_CONSUMERS = 256;

// biome-ignore lint/suspicious/noExplicitAny: any function of the user's
type Handler = (...args: any[]) => unknown;

/** What every consumer has. */
export interface NamedConsumer {
  readonly name: string;
  readonly legs: ConsumerLegs;
  /** The user's function that gets its messages; undefined: it is not known. */
  handler: WeakRef<Handler> | undefined;
}

/** What is known of one when it is met. */
interface MetConsumer {
  readonly name: string;
  /** Dataflow that the user says its client belongs to; empty: nothing was said. */
  readonly job: string;
  readonly locate: () => SourceLocation | undefined;
}

/** The consumers of a process by what people call them, each opened when it is met first. */
export class NamedConsumers<Consumer extends NamedConsumer> {
  readonly #graph: Graph;
  readonly #look: (consumer: Consumer, fetch: ExplicitOperator) => void;
  readonly #byName: Map<string, Consumer> = new Map();

  /** `look`: called before the state of the fetch leg of one is told. */
  constructor(graph: Graph, look: (consumer: Consumer, fetch: ExplicitOperator) => void) {
    this.#graph = graph;
    this.#look = look;
  }

  find(name: string): Consumer | undefined {
    return this.#byName.get(name);
  }

  /** The one of that name, made if it was not met before; undefined when there are too many. */
  of({ name, job, locate }: MetConsumer, make: (legs: ConsumerLegs) => Consumer): Consumer | undefined {
    const known = this.#byName.get(name);
    if (known !== undefined) return known;
    if (this.#byName.size >= MAX_CONSUMERS) {
      this.#graph.countDropped();
      return undefined;
    }
    const legs = ConsumerLegs.open(this.#graph, {
      name,
      job,
      location: locate(),
      functions: () => {
        const handler = this.#byName.get(name)?.handler?.deref();
        return handler === undefined ? [] : [handler];
      },
      look: (fetch) => {
        const consumer = this.#byName.get(name);
        if (consumer !== undefined) this.#look(consumer, fetch);
      },
    });
    if (legs === undefined) return undefined;
    const consumer = make(legs);
    this.#byName.set(name, consumer);
    return consumer;
  }

  /** It is gone, with whatever it held. */
  end({ name, legs }: Consumer): void {
    this.#byName.delete(name);
    legs.end();
  }
}
