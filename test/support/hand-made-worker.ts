import { once } from 'node:events';
import {
  create,
  decodeMonitorMessage,
  decodeMonitorMessageJson,
  EventSchema,
  EvidenceSchema,
  encodeWorkerMessage,
  encodeWorkerMessageJson,
  HelloSchema,
  type MessageInitShape,
  type MonitorMessage,
  ReportSchema,
  SUBPROTOCOL_BINARY,
  SUBPROTOCOL_JSON,
  Topic,
  type WorkerMessage,
  WorkerMessageSchema,
} from '@streamgauge/proto';
import { type ClientOptions, WebSocket } from 'ws';
import { eventually } from './eventually.ts';

/** The connection of a worker, made by hand: it says what a test tells it to say, and keeps what it hears. */
export class HandMadeWorker {
  readonly received: MonitorMessage[] = [];
  readonly socket: WebSocket;
  readonly closed: Promise<{ code: number; reason: string }>;
  readonly #json: boolean;

  constructor(url: string, options: ClientOptions & { json?: boolean; protocols?: string[] } = {}) {
    this.#json = options.json === true;
    const protocols = options.protocols ?? [this.#json ? SUBPROTOCOL_JSON : SUBPROTOCOL_BINARY];
    this.socket = new WebSocket(url, protocols, { perMessageDeflate: false, ...options });
    this.closed = new Promise((resolve) =>
      this.socket.once('close', (code, reason) => resolve({ code, reason: reason.toString('utf8') })),
    );
    this.socket.on('error', () => {});
    this.socket.on('message', (data: Buffer) =>
      this.received.push(this.#json ? decodeMonitorMessageJson(data.toString('utf8')) : decodeMonitorMessage(data)),
    );
  }

  /** Sends a frame. */
  send(body: WorkerMessage['body']): void {
    const message = create(WorkerMessageSchema, { body });
    this.socket.send(this.#json ? encodeWorkerMessageJson(message) : encodeWorkerMessage(message));
  }

  async opened(): Promise<this> {
    if (this.socket.readyState === WebSocket.CONNECTING) await once(this.socket, 'open');
    return this;
  }

  /** Sends Hello and waits for the first answer. */
  async greet(changes: MessageInitShape<typeof HelloSchema> = {}): Promise<MonitorMessage['body']> {
    await this.opened();
    this.hello(changes);
    return this.next((body) => body.case === 'welcome' || body.case === 'refusal');
  }

  hello(changes: MessageInitShape<typeof HelloSchema> = {}): void {
    const hello = create(HelloSchema, {
      protocolVersion: 1,
      worker: 'w1',
      job: 'index',
      session: 's1',
      pid: 42,
      host: 'here',
      ...changes,
    });
    this.send({ case: 'hello', value: hello });
  }

  report(sequence: number, changes: MessageInitShape<typeof ReportSchema> = {}): void {
    this.send({ case: 'report', value: create(ReportSchema, { sequence: BigInt(sequence), ...changes }) });
  }

  event(number: number, topic: Topic = Topic.EVIDENCE, missing: string[] = []): void {
    const payload = { case: 'evidence' as const, value: create(EvidenceSchema, { requestId: `r${number}`, missing }) };
    this.send({ case: 'event', value: create(EventSchema, { topic, number: BigInt(number), payload }) });
  }

  /** The first frame received so far, or to come, that fits; fails as `eventually` does. */
  async next(fits: (body: MonitorMessage['body']) => boolean): Promise<MonitorMessage['body']> {
    let found: MonitorMessage['body'] | undefined;
    await eventually(() => {
      found = this.received.map(({ body }) => body).find(fits);
      return found !== undefined;
    });
    return found as MonitorMessage['body'];
  }
}
