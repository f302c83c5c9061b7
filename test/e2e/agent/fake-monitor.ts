import { once } from 'node:events';
import type { AddressInfo } from 'node:net';
import {
  create,
  decodeWorkerMessage,
  type Evidence,
  encodeMonitorMessage,
  type Hello,
  type MessageInitShape,
  type MonitorMessage,
  MonitorMessageSchema,
  type Report,
  type WelcomeSchema,
  type WorkerMessage,
} from '@streamgauge/proto';
import { type WebSocket, WebSocketServer } from 'ws';
import { PATIENCE } from '../harness/until.ts';

/** How the fake behaves; by default it welcomes every worker and acknowledges every event. */
export interface FakeMonitorOptions {
  readonly port?: number;
  readonly welcome?: MessageInitShape<typeof WelcomeSchema>;
  /** False: takes the greeting and says nothing. */
  readonly answerHello?: boolean;
  readonly acknowledge?: boolean;
  /** False: pings stay unanswered, as when the monitor's process is stopped. */
  readonly answerPings?: boolean;
}

/** What arrived, and when by the clock of the test. */
export interface Received {
  readonly message: WorkerMessage;
  readonly atMs: number;
}

/** A monitor's end of the link and nothing behind it: real sockets, real frames, no judgement. */
export interface FakeMonitor {
  readonly url: string;
  readonly received: readonly Received[];
  /** Connections taken since the start. */
  readonly connections: number;
  /** Authorization headers of the connections, in order. */
  readonly authorizations: readonly (string | undefined)[];
  /** The first received message for which `match` gives a value, now or within the time; rejects with what came instead. */
  waitFor<Found>(match: (message: WorkerMessage) => Found | undefined | false, withinMs: number): Promise<Found>;
  send(body: MonitorMessage['body']): void;
  /** Cuts every connection without a closing handshake. */
  cut(): void;
  /** A second time it changes nothing. */
  close(): Promise<void>;
}

export async function startFakeMonitor(options: FakeMonitorOptions = {}): Promise<FakeMonitor> {
  const server = new WebSocketServer({
    host: '127.0.0.1',
    port: options.port ?? 0,
    autoPong: options.answerPings !== false,
    handleProtocols: ([first]) => first ?? false,
  });
  await once(server, 'listening');
  const received: Received[] = [];
  const authorizations: (string | undefined)[] = [];
  const waiting = new Set<() => void>();
  let connections = 0;
  let last: WebSocket | undefined;
  let closed: Promise<unknown> | undefined;

  server.on('connection', (socket, request) => {
    connections += 1;
    last = socket;
    authorizations.push(request.headers.authorization);
    socket.on('message', (data) => {
      const message = decodeWorkerMessage(data as Buffer);
      received.push({ message, atMs: performance.now() });
      if (message.body.case === 'hello' && options.answerHello !== false) {
        reply(socket, { case: 'welcome', value: { protocolVersion: 1, ...options.welcome } as never });
      }
      if (message.body.case === 'event' && options.acknowledge !== false) {
        const { topic, number } = message.body.value;
        reply(socket, { case: 'acknowledgement', value: { offsets: [{ topic, number }] } as never });
      }
      for (const check of [...waiting]) check();
    });
    socket.on('error', () => undefined);
  });

  return {
    url: `ws://127.0.0.1:${(server.address() as AddressInfo).port}`,
    received,
    authorizations,
    get connections() {
      return connections;
    },
    waitFor: (match, withinMs) =>
      new Promise((resolve, reject) => {
        let at = 0;
        const check = (): void => {
          for (; at < received.length; at++) {
            const found = match((received[at] as Received).message);
            if (found === undefined || found === false) continue;
            waiting.delete(check);
            clearTimeout(timer);
            resolve(found);
            return;
          }
        };
        const timer = setTimeout(() => {
          waiting.delete(check);
          reject(
            new Error(
              `not received within ${PATIENCE * withinMs} ms; received: ${received.map(summary).join(', ') || 'nothing'}`,
            ),
          );
        }, PATIENCE * withinMs);
        waiting.add(check);
        check();
      }),
    send: (body) => {
      if (last !== undefined) reply(last, body);
    },
    cut: () => {
      for (const client of server.clients) client.terminate();
    },
    async close() {
      for (const client of server.clients) client.terminate();
      if (closed === undefined) {
        closed = once(server, 'close');
        server.close();
      }
      await closed;
    },
  };
}

/** For waitFor: the greeting, a report, evidence that matches. */
export const helloOf = ({ body }: WorkerMessage): Hello | undefined => (body.case === 'hello' ? body.value : undefined);
export const reportOf = ({ body }: WorkerMessage): Report | undefined =>
  body.case === 'report' ? body.value : undefined;
export const evidenceOf = ({ body }: WorkerMessage): Evidence | undefined =>
  body.case === 'event' && body.value.payload.case === 'evidence' ? body.value.payload.value : undefined;

function reply(socket: WebSocket, body: MonitorMessage['body'] | { case: string; value: never }): void {
  socket.send(encodeMonitorMessage(create(MonitorMessageSchema, { body: body as never })));
}

function summary({ message }: Received): string {
  const { body } = message;
  if (body.case === 'event') return `event ${body.value.payload.case}`;
  return body.case ?? 'unknown';
}
