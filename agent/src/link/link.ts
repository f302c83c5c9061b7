import {
  CloseCode,
  type Command,
  create,
  decodeMonitorMessage,
  encodeWorkerMessage,
  HeartbeatSchema,
  type Hello,
  LIMITS,
  type MessageInitShape,
  type MonitorMessage,
  type Refusal,
  type Report,
  type SampleRequest,
  type StatusRequest,
  type TaskStatusSchema,
  Topic,
  type TopicOffset,
  type Welcome,
  type WorkerMessage,
  WorkerMessageSchema,
} from '@streamgauge/proto';
import type { Log } from '../log.ts';
import { backOffMs } from './back-off.ts';
import type { Credentials } from './credentials.ts';
import { isUnauthorised, mendOf } from './mend.ts';
import { describe, dial, type Ending, type MonitorSocket, type MonitorSocketEvents } from './monitor-socket.ts';
import type { EventPayload, Outbox, PendingEvent } from './outbox.ts';
import { createReadLimit, type ReadLimit } from './read-limit.ts';

/** The worker says something at least this often. */
export const HEARTBEAT_PERIOD_MS = 2000;
/** Said a little earlier than promised, so that the promise holds on a slow line. */
const HEARTBEAT_AFTER_MS = HEARTBEAT_PERIOD_MS * 0.75;
/** Above this nothing more is handed to the connection: a monitor that does not read must not fill the worker's memory. */
const MAX_BUFFERED_BYTES = 1024 * 1024;
/** Code of the refusal of a token that is not good any more. */
const UNAUTHORISED_REFUSAL = 'SG_MONITOR_UNAUTHORISED';
/** Pause after a refusal that will not go away by itself. */
const REFUSED_PAUSE_MS = 60_000;
/** A connection that held this long makes the next back-off start from the beginning. */
const SETTLED_AFTER_MS = 10_000;
/** A monitor that promises nothing is asked for a sign of life this often. */
const PERIOD_WITHOUT_PROMISE_MS = 15_000;
/** One look adds at most this much to the silence of the monitor: a suspended worker has not listened. */
const SILENCE_STEP_MS = 1000;

export interface LinkOptions {
  readonly url: string;
  /** Asked for each connection. */
  readonly credentials: () => Credentials;
  /** The first frame of a connection, made anew for each. */
  readonly hello: () => Hello;
  readonly outbox: Outbox;
  readonly log: Log;
  /** From 0 up to but not including 1. */
  readonly random: () => number;
  readonly onWelcome: (welcome: Welcome) => void;
  readonly onSampleRequest: (request: SampleRequest) => void;
  readonly onStatusRequest: (request: StatusRequest) => void;
  /** Absent: a command means nothing here. */
  readonly onCommand?: (command: Command) => void;
  /** What a heartbeat has to say beside that the worker lives, asked once a period; undefined: nothing. Taken as said. */
  readonly news?: () => HeartbeatNews | undefined;
}

/** What a heartbeat may say. */
export interface HeartbeatNews {
  readonly tasks: MessageInitShape<typeof TaskStatusSchema>[];
  /** Absent: as told before. */
  readonly capacity?: { readonly slots: number; readonly free: number };
}

/** What is sent to somebody who waits for it, and to nobody later. */
export type Answer = Extract<WorkerMessage['body'], { case: 'statusAnswer' | 'commandAnswer' }>;

/** What is sent last. */
export interface Farewell {
  readonly unixMs: number;
  readonly lifecycle?: EventPayload;
  readonly report?: Report;
}

/** The worker's end of the connection to the monitor; dials again for ever. Time comes with `tick`. */
export interface Link {
  /** The monitor has welcomed the worker and takes reports. */
  readonly open: boolean;
  /** The monitor has heard of the worker over this connection, and will miss it. */
  readonly known: boolean;
  /** Frames that could not be understood or were not expected, since the session began. */
  readonly strangeFrames: number;
  /** Dials, notices deadlines, says that the worker lives. To be called often. */
  tick(nowMs: number): void;
  /** False: not sent, because the connection is absent or slow, or the report larger than a frame may be. */
  sendReport(report: Report): boolean;
  /** An answer to somebody who waits; false as for reports. `sent` is called when the operating system has it, or never will. */
  sendAnswer(answer: Answer, sent?: () => void): boolean;
  /** Keeps the event until it is acknowledged, and sends it as soon as possible. */
  sendEvent(topic: Topic, unixMs: number, payload: EventPayload): void;
  /**
   * Sends what is left, a last report if there is one, and says that the worker leaves, after the welcome if that is still on
   * its way; `done` is called when the operating system has taken it, or nobody is there to be told.
   */
  leave(farewell: Farewell, done: () => void): void;
  /** Ends the connection and never dials again. */
  stop(): void;
}

/** A link that dials with its first tick. */
export function createLink(options: LinkOptions): Link {
  const { outbox, log } = options;
  let phase: 'waiting' | 'dialling' | 'greeting' | 'open' | 'stopped' = 'waiting';
  let socket: MonitorSocket | undefined;
  let nowMs = 0;
  let phaseSinceMs = 0;
  let dialAtMs = Number.NEGATIVE_INFINITY;
  let attempt = 0;
  let lastSentMs = 0;
  let newsAtMs = 0;
  let silentMs = 0;
  let pinged = false;
  let monitorPeriodMs = 0;
  let strangeFrames = 0;
  let refused: { readonly pauseMs: number } | undefined;
  let sent = new WeakSet<PendingEvent>();
  let unsent = 0;
  let leaving: (() => void) | undefined;
  let shown: Credentials = {};
  let reading: ReadLimit = createReadLimit(0);
  /** Until then nothing is read of what the monitor sends; undefined: it is. */
  let heldUntilMs: number | undefined;

  return {
    get open() {
      return phase === 'open';
    },
    get known() {
      return phase === 'greeting' || phase === 'open';
    },
    get strangeFrames() {
      return strangeFrames;
    },
    tick(atMs) {
      const passedMs = Math.max(0, atMs - nowMs);
      nowMs = atMs;
      if (heldUntilMs !== undefined && nowMs >= heldUntilMs) {
        heldUntilMs = undefined;
        socket?.resume();
      }
      if (phase === 'waiting' && nowMs >= dialAtMs) connect();
      else if (phase === 'greeting' && nowMs - phaseSinceMs > LIMITS.WELCOME_DEADLINE_MILLIS) {
        endWith('the monitor did not answer the greeting');
      } else if (phase === 'open') keepAlive(passedMs);
    },
    sendReport: (report) => sendOrDrop({ case: 'report', value: report }),
    sendAnswer: sendOrDrop,
    sendEvent(topic, unixMs, payload) {
      if (outbox.add(topic, unixMs, payload) !== undefined) unsent += 1;
      flush();
    },
    leave(farewell, done) {
      if (phase === 'greeting') leaving = () => sayGoodbye(farewell, done);
      else sayGoodbye(farewell, done);
    },
    stop() {
      phase = 'stopped';
      socket?.terminate();
      socket = undefined;
    },
  };

  function sendOrDrop(body: WorkerMessage['body'], handedOver?: () => void): boolean {
    if (phase !== 'open' || socket === undefined || socket.bufferedBytes >= MAX_BUFFERED_BYTES) return false;
    const frame = encode(body);
    // Sent, it would only make the monitor close the connection.
    if (frame.length > LIMITS.FRAME_BYTES) return false;
    lastSentMs = nowMs;
    socket.send(frame, handedOver);
    return true;
  }

  function sayGoodbye({ unixMs, lifecycle, report }: Farewell, done: () => void): void {
    if (phase !== 'open' || socket === undefined) {
      done();
      return;
    }
    // The process may be gone any moment: everything is made ready before the first frame goes, so that all go together.
    const value = create(HeartbeatSchema, { sentUnixNano: BigInt(Math.round(unixMs)) * 1_000_000n, periodMillis: 0 });
    const last = report === undefined ? undefined : encode({ case: 'report', value: report });
    const goodbye = encode({ case: 'heartbeat', value });
    if (lifecycle !== undefined) outbox.add(Topic.LIFECYCLE, unixMs, lifecycle);
    // First: what the events say of the end is understood by how everything stood then.
    if (last !== undefined && last.length <= LIMITS.FRAME_BYTES) socket.send(last);
    flush();
    socket.send(goodbye, done);
    phase = 'stopped';
  }

  function enter(next: typeof phase): void {
    phase = next;
    phaseSinceMs = nowMs;
  }

  function connect(): void {
    enter('dialling');
    refused = undefined;
    reading = createReadLimit(nowMs);
    heldUntilMs = undefined;
    shown = options.credentials();
    let dialled: MonitorSocket | undefined;
    const events: MonitorSocketEvents = {
      onOpen: () => {
        if (socket !== dialled || phase !== 'dialling') return;
        enter('greeting');
        send({ case: 'hello', value: options.hello() });
      },
      onFrame: (bytes) => {
        if (socket === dialled) receive(bytes);
      },
      onPong: () => {
        if (socket === dialled) heard();
      },
      onEnd: (ending) => {
        if (socket === dialled) ended(ending);
      },
    };
    try {
      dialled = dial(options.url, shown, events);
      socket = dialled;
    } catch (error) {
      if ((error as NodeJS.ErrnoException).code === undefined) {
        // Not of the runtime: a fault of ours, such as a thread that is ended while it still loads. Counted, not told.
        enter('waiting');
        dialAgainIn(0);
        throw error;
      }
      // A token or certificates that cannot be used: they may be replaced before the next attempt.
      ended({ code: 1006, status: undefined, reason: describe(error as Error) });
    }
  }

  function keepAlive(passedMs: number): void {
    if (unsent > 0) flush();
    // Nothing can be heard of a monitor that is held back.
    if (heldUntilMs === undefined) silentMs += Math.min(passedMs, SILENCE_STEP_MS);
    const periodMs = monitorPeriodMs || PERIOD_WITHOUT_PROMISE_MS;
    if (silentMs > 2 * periodMs) {
      endWith('the monitor has gone silent');
    } else if (silentMs > periodMs && !pinged) {
      pinged = true;
      socket?.ping();
    }
    if (phase === 'open') beat();
  }

  /** A heartbeat for want of anything else, or because there is something to say. */
  function beat(): void {
    const isDue = nowMs - newsAtMs >= HEARTBEAT_PERIOD_MS && (socket?.bufferedBytes ?? 0) < MAX_BUFFERED_BYTES;
    if (isDue) newsAtMs = nowMs;
    const news = isDue ? options.news?.() : undefined;
    if (news === undefined && nowMs - lastSentMs < HEARTBEAT_AFTER_MS) return;
    const sentUnixNano = BigInt(Date.now()) * 1_000_000n;
    const value = create(HeartbeatSchema, { sentUnixNano, periodMillis: HEARTBEAT_PERIOD_MS, ...news });
    send({ case: 'heartbeat', value });
  }

  function heard(): void {
    silentMs = 0;
    pinged = false;
  }

  function send(body: WorkerMessage['body']): void {
    lastSentMs = nowMs;
    socket?.send(encode(body));
  }

  /** Hands over the events that this connection has not carried yet, as far as the connection takes them. */
  function flush(): void {
    if (phase !== 'open' || socket === undefined) return;
    unsent = 0;
    for (const event of outbox.pending()) {
      if (sent.has(event)) continue;
      if (socket.bufferedBytes >= MAX_BUFFERED_BYTES) {
        unsent += 1;
        continue;
      }
      sent.add(event);
      lastSentMs = nowMs;
      socket.send(event.frame);
    }
  }

  function receive(bytes: Uint8Array | undefined): void {
    heard();
    const waitMs = reading.frame(nowMs);
    if (waitMs > 0) {
      if (heldUntilMs === undefined) {
        socket?.pause();
        log.trouble('the monitor sends more than a worker can have use for; it is read more slowly.');
      }
      heldUntilMs = nowMs + waitMs;
    }
    let message: MonitorMessage | undefined;
    try {
      message = bytes === undefined ? undefined : decodeMonitorMessage(bytes);
    } catch {
      // A frame that is no message is counted below, like one of an unknown kind.
    }
    const body = message?.body;
    if (body?.case === 'welcome' && phase === 'greeting') welcomed(body.value);
    else if (body?.case === 'refusal') refusedBy(body.value);
    else if (body?.case === 'acknowledgement' && phase === 'open') acknowledge(body.value.offsets);
    else if (body?.case === 'sampleRequest' && phase === 'open') options.onSampleRequest(body.value);
    else if (body?.case === 'statusRequest' && phase === 'open') options.onStatusRequest(body.value);
    else if (body?.case === 'command' && phase === 'open') options.onCommand?.(body.value);
    else if (body?.case === 'heartbeat') monitorPeriodMs = body.value.periodMillis;
    else strangeFrames += 1;
  }

  function welcomed(welcome: Welcome): void {
    monitorPeriodMs = welcome.heartbeatPeriodMillis;
    acknowledge(welcome.offsets);
    sent = new WeakSet();
    enter('open');
    log.info(`connected to the monitor at ${options.url}`);
    options.onWelcome(welcome);
    flush();
    leaving?.();
  }

  function acknowledge(offsets: readonly TopicOffset[]): void {
    for (const { topic, number } of offsets) outbox.acknowledge(topic, number);
  }

  function refusedBy(refusal: Refusal): void {
    refused = { pauseMs: Math.max(refusal.retryAfterMillis, REFUSED_PAUSE_MS) };
    const code = refusal.code === UNAUTHORISED_REFUSAL ? CloseCode.UNAUTHORISED : undefined;
    endWith(`the monitor refused this worker (${refusal.code}): ${refusal.message.replace(/\.$/, '')}`, code);
  }

  function endWith(reason: string, code: number = 1006): void {
    const ending = socket;
    ended({ code, status: undefined, reason });
    ending?.terminate();
  }

  function dialAgainIn(pauseMs: number): void {
    dialAtMs = nowMs + pauseMs + backOffMs(attempt, options.random());
    attempt += 1;
  }

  function ended(ending: Ending): void {
    socket = undefined;
    if (phase === 'stopped') return;
    if (phase === 'open' && (isGone(ending) || nowMs - phaseSinceMs >= SETTLED_AFTER_MS)) attempt = 0;
    enter('waiting');
    leaving?.();
    const mend = mendOf(ending, shown);
    // A token that was replaced meanwhile need not wait for the one before it.
    const replaced = isUnauthorised(ending) && options.credentials().token !== shown.token;
    const pauseMs = replaced ? 0 : (refused?.pauseMs ?? (mend === undefined ? 0 : REFUSED_PAUSE_MS));
    dialAgainIn(pauseMs);
    const why = mend === undefined ? ending.reason : `${ending.reason}. ${mend}`;
    log.trouble(`no connection to the monitor at ${options.url}: ${why}. The worker goes on; the agent keeps trying.`);
  }
}

function encode(body: WorkerMessage['body']): Uint8Array {
  return encodeWorkerMessage(create(WorkerMessageSchema, { body }));
}

/** The monitor stopped or was cut off, and had no complaint about this worker: it is to be found again soon. */
function isGone({ code }: Ending): boolean {
  return code === 1000 || code === 1001 || code === 1006;
}
