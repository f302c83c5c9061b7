import type { ExplicitOptions } from '../operator/explicit-operator.ts';
import type { Graph } from '../operator/graph.ts';
import type { ChannelPosition } from '../operator/port.ts';
import { type RecordInFlight, RecordOperator } from '../operator/record-operator.ts';
import type { Channel, SourceLocation } from '../thread/messages.ts';
import { ChannelPorts } from './channel-ports.ts';
import { joinCaller } from './handler-context.ts';

/** The operator of a producer, of the job that was said of its client; undefined when the board is full. */
export function openProduce(
  graph: Graph,
  name: string,
  location: SourceLocation | undefined,
  look: ExplicitOptions['look'],
  job: string = '',
): RecordOperator | undefined {
  return graph.add(
    { name: `${name} produce`, kind: 'sink', unit: 'records', location, leg: 'produce', job },
    (identity) => new RecordOperator(identity, graph, look === undefined ? {} : { look }),
  );
}

/** What gives messages to a channel: a record is begun when it is sent and done when the broker has it. */
export class ProducerLeg {
  readonly operator: RecordOperator;
  readonly #graph: Graph;
  readonly #ports: ChannelPorts;

  private constructor(graph: Graph, operator: RecordOperator) {
    this.#graph = graph;
    this.operator = operator;
    this.#ports = new ChannelPorts(graph, operator, 'out');
  }

  /** Gives undefined when the board is full. */
  static open(
    graph: Graph,
    name: string,
    location: SourceLocation | undefined,
    look: ExplicitOptions['look'],
    job: string = '',
  ): ProducerLeg | undefined {
    const operator = openProduce(graph, name, location, look, job);
    return operator === undefined ? undefined : new ProducerLeg(graph, operator);
  }

  /** A message is being sent. What a handler sends comes from that handler. */
  sent(): RecordInFlight {
    joinCaller(this.#graph, this.operator);
    return this.operator.receive();
  }

  /** The broker has it, at this position; undefined: it tells none. */
  stored(record: RecordInFlight, channel: Channel, position: ChannelPosition | undefined): void {
    this.#ports.of(channel)?.move(position);
    this.operator.finishRecord(record);
  }

  /** The broker did not take it, and whoever gave it knows. */
  refused(record: RecordInFlight, reason: string): void {
    this.operator.fail(reason);
    this.operator.finishRecord(record);
  }

  /** Nothing more goes to this part of a channel. */
  leave(channel: Channel): void {
    this.#ports.close(channel);
  }
}
