import { once } from 'node:events';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import {
  create,
  decodeMonitorMessage,
  decodeMonitorMessageJson,
  type Event,
  EventSchema,
  EvidenceSchema,
  encodeWorkerMessage,
  encodeWorkerMessageJson,
  type Heartbeat,
  type Hello,
  HelloSchema,
  type MessageInitShape,
  type MonitorMessage,
  type Report,
  ReportSchema,
  type StatusAnswer,
  SUBPROTOCOL_BINARY,
  SUBPROTOCOL_JSON,
  Topic,
  type WorkerMessage,
  WorkerMessageSchema,
} from '@streamgauge/proto';
import { type ClientOptions, WebSocket } from 'ws';
import { openTokenBook } from '../../../../monitor/src/access/token-book.ts';
import type { Clock } from '../../../../monitor/src/clock.ts';
import { resolveConfig } from '../../../../monitor/src/config/resolve.ts';
import type { MonitorConfigInput } from '../../../../monitor/src/config/settings.ts';
import type { LinkContext } from '../../../../monitor/src/link/context.ts';
import { createLinkCounters, type LinkCounters } from '../../../../monitor/src/link/counters.ts';
import { createLink, type Link } from '../../../../monitor/src/link/link.ts';
import { silentLogger } from '../../../../monitor/src/log.ts';
import type { ProgressMonitor } from '../../../../monitor/src/progress-monitor.ts';
import { createMemoryStore } from '../../../../monitor/src/store/memory-store.ts';
import type { Store } from '../../../../monitor/src/store/store.ts';
import { whenFinished } from '../../../support/test-end.ts';

/** A clock whose timers fire only when it is advanced. */
export class ManualClock implements Clock {
  nowMs = 1_000_000;
  readonly #timers = new Set<{ dueMs: number; periodMs: number | undefined; callback: () => void }>();

  monotonicMs = (): number => this.nowMs;
  unixMs = (): number => Date.UTC(2026, 0, 2) + this.nowMs;
  every = (periodMs: number, callback: () => void): (() => void) => this.#add(periodMs, periodMs, callback);
  after = (delayMs: number, callback: () => void): (() => void) => this.#add(delayMs, undefined, callback);

  /** Lets time pass in small steps, so that periodic work runs as often as it would. */
  advance(byMs: number): void {
    const untilMs = this.nowMs + byMs;
    while (this.nowMs < untilMs) {
      this.nowMs = Math.min(untilMs, this.nowMs + 50);
      for (const timer of [...this.#timers]) {
        if (timer.dueMs > this.nowMs || !this.#timers.has(timer)) continue;
        if (timer.periodMs === undefined) this.#timers.delete(timer);
        else timer.dueMs += timer.periodMs;
        timer.callback();
      }
    }
  }

  #add(delayMs: number, periodMs: number | undefined, callback: () => void): () => void {
    const timer = { dueMs: this.nowMs + delayMs, periodMs, callback };
    this.#timers.add(timer);
    return () => void this.#timers.delete(timer);
  }
}

/** Everything the link told the core, in order, as short texts. */
export class RecordingCore {
  readonly calls: string[] = [];
  readonly hellos: Hello[] = [];
  readonly reports: Report[] = [];
  failing = false;

  workerConnected(hello: Hello): void {
    this.note(`connected ${hello.worker} ${hello.session}`);
    this.hellos.push(hello);
  }

  workerDisconnected(worker: string, how: string): void {
    this.note(`${how} ${worker}`);
  }

  reportReceived(worker: string, report: Report): void {
    this.note(`report ${worker} ${report.sequence}`);
    this.reports.push(report);
  }

  tasksTold(worker: string, { tasks }: Heartbeat): void {
    if (tasks.length > 0) this.note(`tasks ${worker} ${tasks.map(({ task, state }) => `${task}=${state}`).join(' ')}`);
  }

  eventStored(worker: string, event: Event): void {
    this.note(`event ${worker} ${event.topic} ${event.number}`);
  }

  note(call: string): void {
    this.calls.push(call);
    if (this.failing) throw new Error('the core failed');
  }
}

/** A worker made by hand. */
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

  /** The first frame received so far, or to come, that fits; fails after five seconds. */
  async next(fits: (body: MonitorMessage['body']) => boolean): Promise<MonitorMessage['body']> {
    let found: MonitorMessage['body'] | undefined;
    await eventually(() => {
      found = this.received.map(({ body }) => body).find(fits);
      return found !== undefined;
    });
    return found as MonitorMessage['body'];
  }
}

/** Waits until something becomes true in the real world of sockets; fails after five seconds. */
export async function eventually(isTrue: () => boolean): Promise<void> {
  const deadlineMs = performance.now() + 5000;
  while (!isTrue()) {
    if (performance.now() > deadlineMs) throw new Error(`It never became true: ${isTrue.toString()}`);
    await new Promise((resolve) => setTimeout(resolve, 2));
  }
}

/** A link on a real port with a store in memory. */
export interface LinkUnderTest {
  readonly url: string;
  readonly clock: ManualClock;
  readonly core: RecordingCore;
  readonly store: Store;
  readonly counters: LinkCounters;
  readonly link: Link;
  /** Answers about the status, and whether somebody waits for them. */
  readonly answers: { readonly worker: string; readonly answer: StatusAnswer }[];
  claims: boolean;
  readonly logged: string[];
  count(counter: string, reason?: string): number;
}

/** Starts a link that is closed when the test ends; inside a test only. */
export async function startLink(
  input: MonitorConfigInput = {},
  replace: { readonly store?: Store } = {},
): Promise<LinkUnderTest> {
  const clock = new ManualClock();
  const core = new RecordingCore();
  const store = replace.store ?? createMemoryStore({ clock });
  await store.open();
  const counters = createLinkCounters();
  const logged: string[] = [];
  const log = {
    ...silentLogger,
    oncePerMinute: (topic: string, message: string) => void logged.push(`${topic}: ${message}`),
  };
  const metrics: LinkContext['metrics'] = { reportReceived: () => {}, workerGone: () => {} };
  const progressMonitor = core as unknown as ProgressMonitor;
  const desk: Pick<LinkUnderTest, 'answers' | 'claims'> = { answers: [], claims: true };
  const statusDesk: LinkContext['statusDesk'] = {
    deliver: (worker, answer) => {
      desk.answers.push({ worker, answer });
      return desk.claims;
    },
  };
  const config = resolveConfig(input);
  const access = await openTokenBook({ config, clock, log, onRefused: () => {} });
  const link = createLink({
    config,
    access,
    clock,
    log,
    store,
    progressMonitor,
    statusDesk,
    metrics,
    commands: { answered: (worker, { requestId }) => core.note(`answered ${worker} ${requestId}`) },
    counters,
    version: '0.0.0',
  });
  const server = createServer();
  server.on('upgrade', (request, socket, head) => link.handleUpgrade(request, socket, head));
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  const { port } = server.address() as AddressInfo;
  whenFinished(async () => {
    const closing = link.close(1000);
    await new Promise((resolve) => setImmediate(resolve));
    clock.advance(3000);
    await closing;
    access.close();
    server.close();
    server.closeAllConnections();
    await store.close();
  });
  return Object.assign(desk, {
    url: `ws://127.0.0.1:${port}/v1/worker`,
    clock,
    core,
    store,
    counters,
    link,
    logged,
    count: (counter: string, reason?: string) =>
      counters
        .read()
        .filter((entry) => entry.counter === counter && (reason === undefined || entry.reason === reason))
        .reduce((sum, { value }) => sum + value, 0),
  });
}
