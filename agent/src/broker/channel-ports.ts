import type { Graph } from '../operator/graph.ts';
import type { Operator } from '../operator/operator.ts';
import type { Port } from '../operator/port.ts';
import type { Channel } from '../thread/messages.ts';

/** The places where an operator gives messages to channels or takes them, each opened when it is asked for first. */
export class ChannelPorts {
  readonly #graph: Graph;
  readonly #operator: Operator;
  readonly #direction: 'out' | 'in';
  readonly #ports: Map<string, Port> = new Map();

  constructor(graph: Graph, operator: Operator, direction: 'out' | 'in') {
    this.#graph = graph;
    this.#operator = operator;
    this.#direction = direction;
  }

  /** Undefined: the board is full. */
  of(channel: Channel): Port | undefined {
    const key = keyOf(channel);
    const known = this.#ports.get(key);
    if (known !== undefined) return known;
    const port = this.#graph.ports.open(this.#operator, this.#direction, channel);
    if (port !== undefined) this.#ports.set(key, port);
    return port;
  }

  /** Nothing more comes from this part of a channel, or goes there. */
  close(channel: Channel): void {
    this.#ports.get(keyOf(channel))?.close();
    this.#ports.delete(keyOf(channel));
  }

  /** These are its channels now, and no others. */
  keepOnly(channels: readonly Channel[]): void {
    const kept = new Set(channels.map(keyOf));
    for (const [key, { channel }] of this.#ports) if (!kept.has(key)) this.close(channel);
    for (const channel of channels) this.of(channel);
  }
}

function keyOf({ name, partition }: Channel): string {
  return `${name}\n${partition}`;
}
