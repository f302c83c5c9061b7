import { readFileSync } from 'node:fs';
import { hostname } from 'node:os';
import {
  CloseCode,
  type Command,
  type CommandAnswer,
  type Event,
  type Heartbeat,
  type Hello,
  LIMITS,
  PROTOCOL_VERSION,
  type Report,
  type SampleRequest,
  type StatusAnswer,
  type StatusRequest,
  type WorkerMessage,
} from '@streamgauge/proto';
import type { WebSocket } from 'ws';
import { authorise } from '../access/authorise.ts';
import type { Principal } from '../access/principal.ts';
import { wishesFor } from '../config/provisioning.ts';
import { type MonitorErrorCode, messageOf, monitorErrorCodes } from '../errors.ts';
import { type Parting, partingOf } from '../model/parting.ts';
import { maxEventNumber } from '../store/log-record.ts';
import type { LinkContext } from './context.ts';
import { keepAllowedJobs, keepAllowedJobsOf } from './declared-jobs.ts';
import { createEventLane, type EventLane } from './event-lane.ts';
import { ExitAgreement } from './exit-agreement.ts';
import { type FrameCodec, frameCodec } from './frame-codec.ts';
import { messageActions } from './message-actions.ts';
import { Outgoing } from './outgoing.ts';
import { addSilence, pingAfterMs, silenceLimitMs } from './presence.ts';
import { ReadHold } from './read-hold.ts';
import { reasonOfSocketError } from './socket-error.ts';

/** Frames that cannot be understood, after which a connection is ended. */
const maxBadFrames = 5;

/** How long a worker that was refused for good should wait before it dials again. */
const refusedRetryMs = 60_000;

/** Told by a session about itself; the link keeps the registry of who serves which worker. */
export interface SessionOwner {
  /** The store's offsets are known and the worker may be taken over. */
  take(session: Session, hello: Hello): void;
  /** The connection is over. Called once. */
  gone(session: Session, how: 'left' | 'lost', parting: Parting): void;
}

/** One connection of a worker, from its first frame to its close. */
export class Session {
  readonly #socket: WebSocket;
  readonly #codec: FrameCodec;
  readonly #context: LinkContext;
  readonly #owner: SessionOwner;
  readonly #outgoing: Outgoing;
  readonly #cancelHelloDeadline: () => void;
  readonly #principal: Principal;
  readonly #reading: ReadHold;
  readonly #exit = new ExitAgreement(() => this.#context.clock.monotonicMs());
  readonly #addresses: { readonly remoteAddress: string; readonly localAddress: string };
  #state: 'awaiting-hello' | 'greeting' | 'serving' | 'ended' = 'awaiting-hello';
  #hello: Hello | undefined;
  #lane: EventLane | undefined;
  #badFrames = 0;
  #lastSequence = 0n;
  #periodMs = 0;
  #silentMs = 0;
  #saidGoodbye = false;
  #wasSilent = false;

  /** @param stream what the WebSocket runs over: its addresses are not known any more once it is closed */
  constructor(
    socket: WebSocket,
    principal: Principal,
    context: LinkContext,
    owner: SessionOwner,
    stream: { readonly remoteAddress?: string | undefined; readonly localAddress?: string | undefined } = {},
  ) {
    this.#socket = socket;
    this.#addresses = { remoteAddress: stream.remoteAddress ?? '', localAddress: stream.localAddress ?? '' };
    this.#principal = principal;
    this.#context = context;
    this.#owner = owner;
    this.#codec = frameCodec(socket.protocol);
    this.#outgoing = new Outgoing(socket, this.#codec, context, () => {
      context.counters.add('connections-closed', 'slow-reader');
      this.#terminate();
    });
    this.#reading = new ReadHold(socket, context);
    this.#cancelHelloDeadline = context.clock.after(LIMITS.HELLO_DEADLINE_MILLIS, () =>
      this.#refuse(CloseCode.HELLO_DEADLINE, monitorErrorCodes.helloLate, 'No Hello arrived in time.'),
    );
    socket.on('message', (data, isBinary) => this.#onFrame(data as Buffer, isBinary));
    socket.on('close', () => this.#onClose());
    socket.on('pong', () => {
      if (this.#periodMs === 0) this.#silentMs = 0;
    });
    // Frames over the size limit, invalid UTF-8 and resets arrive here; 'close' follows each of them.
    socket.on('error', (error) => context.counters.add('frames-refused', reasonOfSocketError(error)));
  }

  /** What the worker said about itself; undefined before its Hello was taken. */
  get hello(): Hello | undefined {
    return this.#hello;
  }

  /** True while the worker is served by this connection. */
  get isServing(): boolean {
    return this.#state === 'serving';
  }

  /** Sends a request for samples; false when the connection cannot take it. */
  sendSampleRequest(request: SampleRequest): boolean {
    return this.isServing && this.#outgoing.sampleRequest(request);
  }

  /** Asks for the status; a worker that has not said that it answers is not asked. */
  sendStatusRequest(request: StatusRequest): 'sent' | 'absent' | 'unable' {
    if (!this.isServing) return 'absent';
    if (this.#hello?.capabilities.includes('status') !== true) return 'unable';
    return this.#outgoing.statusRequest(request) ? 'sent' : 'absent';
  }

  /** Sends a command; false when the connection cannot take it. */
  sendCommand(command: Command): boolean {
    if (!this.isServing || !this.#outgoing.command(command)) return false;
    this.#exit.asked(command);
    return true;
  }

  /** Called every sweep: ends a silent connection, and says something when nothing was said for a period. */
  look(sinceLastLookMs: number): void {
    if (this.#state !== 'serving' || this.#hello === undefined) return;
    if (!this.#context.access.isCurrent(this.#principal)) {
      const message = 'The token was withdrawn or replaced, or has expired.';
      this.#refuse(CloseCode.UNAUTHORISED, monitorErrorCodes.unauthorised, message, refusedRetryMs);
      return;
    }
    // Nothing can arrive from a connection that the monitor itself holds back.
    if (!this.#reading.held) this.#silentMs = addSilence(this.#silentMs, sinceLastLookMs);
    if (this.#periodMs === 0 && this.#silentMs >= pingAfterMs) this.#socket.ping();
    if (this.#silentMs > silenceLimitMs(this.#periodMs)) {
      this.#context.counters.add('connections-closed', 'silent');
      this.#wasSilent = true;
      this.#context.log.info(`Worker ${this.#hello.worker} has been silent for ${Math.round(this.#silentMs)} ms.`);
      this.#terminate();
      return;
    }
    this.#outgoing.look(sinceLastLookMs);
  }

  /** A newer connection of the same worker has taken over. */
  replaced(): void {
    const message = 'A newer connection of the same worker has taken over.';
    this.#refuse(CloseCode.REPLACED, monitorErrorCodes.replaced, message, refusedRetryMs);
  }

  /** Says goodbye and waits, for at most `withinMs`, until what was received is stored. */
  async leave(withinMs: number): Promise<void> {
    if (this.#state === 'serving') this.#outgoing.heartbeat(0);
    let cancel = (): void => {};
    const deadline = new Promise<void>((resolve) => {
      cancel = this.#context.clock.after(withinMs, resolve);
    });
    await Promise.race([this.#lane?.settled(), deadline]);
    cancel();
    this.#lane?.stop();
    this.#end(1001, 'The monitor is shutting down.');
  }

  #onFrame(data: Buffer, isBinary: boolean): void {
    if (this.#state === 'ended') return;
    this.#silentMs = 0;
    this.#reading.frame();
    if (this.#state === 'awaiting-hello' && data.length > LIMITS.HELLO_FRAME_BYTES) {
      this.#refuse(CloseCode.TOO_LARGE, monitorErrorCodes.tooLarge, 'The first frame is too large.');
      return;
    }
    try {
      const frame = this.#codec.decode(data, isBinary);
      if (!frame.ok) {
        this.#badFrame('malformed', frame.reason);
        return;
      }
      if (frame.trimmed > 0) this.#context.counters.add('values-trimmed', '', frame.trimmed);
      this.#onMessage(frame.message);
    } catch (error) {
      // A fault of ours must not end the other connections.
      this.#context.counters.add('internal-faults');
      this.#context.log.oncePerMinute('link-internal', `A frame could not be handled: ${messageOf(error)}.`);
    }
  }

  #onMessage({ body }: WorkerMessage): void {
    if (body.case === undefined) {
      this.#context.counters.add('frames-unknown');
      return;
    }
    // Asked for every message, not only once: it is the same question as for every HTTP route.
    const subject = body.case === 'hello' ? body.value : this.#hello;
    if (!authorise(this.#principal, messageActions[body.case], subject)) {
      const { worker, job } = subject ?? {};
      const whom =
        worker === undefined ? 'this worker' : `worker ${JSON.stringify(worker)} of job ${JSON.stringify(job)}`;
      const message = `The token ${this.#principal.name} is not for ${whom}.`;
      this.#refuse(CloseCode.FORBIDDEN, monitorErrorCodes.forbidden, message, refusedRetryMs);
      return;
    }
    if (this.#state === 'awaiting-hello') {
      if (body.case === 'hello') this.#onHello(body.value);
      else this.#refuse(CloseCode.BAD_FRAME, monitorErrorCodes.badFrame, 'The first frame must be a Hello.');
      return;
    }
    if (this.#state !== 'serving' || body.case === 'hello') {
      this.#badFrame('unexpected', 'A Hello comes first and once, and nothing follows it before the Welcome.');
      return;
    }
    this.#context.counters.add('frames-received', body.case);
    if (body.case === 'report') this.#onReport(this.#hello as Hello, body.value);
    else if (body.case === 'event') this.#onEvent(this.#hello as Hello, body.value);
    else if (body.case === 'statusAnswer') this.#onStatusAnswer(this.#hello as Hello, body.value);
    else if (body.case === 'commandAnswer') this.#onCommandAnswer(this.#hello as Hello, body.value);
    else this.#onHeartbeat(this.#hello as Hello, body.value);
  }

  #onHeartbeat({ job, worker }: Hello, heartbeat: Heartbeat): void {
    if (heartbeat.periodMillis === 0) this.#onGoodbye();
    else this.#periodMs = heartbeat.periodMillis;
    keepAllowedJobs(heartbeat.tasks, { job, worker, principal: this.#principal }, this.#context);
    this.#context.progressMonitor.tasksTold(worker, heartbeat);
  }

  #onCommandAnswer({ worker }: Hello, answer: CommandAnswer): void {
    this.#exit.answered(answer);
    this.#context.commands.answered(worker, answer);
  }

  #onHello(hello: Hello): void {
    this.#cancelHelloDeadline();
    if (hello.protocolVersion > PROTOCOL_VERSION) {
      this.#refuse(
        CloseCode.PROTOCOL_VERSION,
        monitorErrorCodes.protocolVersion,
        `The worker speaks protocol version ${hello.protocolVersion} and this monitor speaks ${PROTOCOL_VERSION}; update the monitor.`,
        refusedRetryMs,
      );
      return;
    }
    this.#context.counters.add('frames-received', 'hello');
    this.#state = 'greeting';
    this.#hello = hello;
    this.#periodMs = hello.heartbeatPeriodMillis;
    const { job, worker, session } = hello;
    this.#reading.hold();
    this.#context.store.offsets(worker, session).then(
      (offsets) => {
        this.#reading.release();
        if (this.#state !== 'greeting') return;
        this.#lane = this.#createLane({ job, worker, session });
        this.#state = 'serving';
        this.#owner.take(this, hello);
        this.#outgoing.welcome(offsets, wishesFor(this.#context.config, hello));
      },
      (error: unknown) => {
        this.#reading.release();
        this.#context.log.oncePerMinute('link-offsets', `Offsets could not be read: ${messageOf(error)}`);
        this.#refuse(
          1013,
          monitorErrorCodes.storeFailed,
          'The store of the monitor does not answer; try again later.',
          5000,
        );
      },
    );
  }

  #onReport({ job, worker, session }: Hello, report: Report): void {
    if (report.sequence <= this.#lastSequence) {
      this.#context.counters.add('reports-stale');
      return;
    }
    const missed = this.#lastSequence === 0n ? 0 : Number(report.sequence - this.#lastSequence - 1n);
    if (missed > 0) this.#context.counters.add('reports-missed', '', missed);
    this.#lastSequence = report.sequence;
    keepAllowedJobsOf(report, { job, worker, principal: this.#principal }, this.#context);
    this.#context.progressMonitor.reportReceived(worker, report);
    this.#context.metrics.reportReceived(job, worker, session, report);
  }

  #onEvent({ job, worker }: Hello, event: Event): void {
    if (event.number > maxEventNumber) {
      this.#badFrame('malformed', 'Event.number is too large.');
      return;
    }
    if (event.payload.case === 'taskResult')
      keepAllowedJobs([event.payload.value], { job, worker, principal: this.#principal }, this.#context);
    this.#lane?.push(event);
  }

  /** One that nobody waits for any more, or that nobody has asked for, is dropped. */
  #onStatusAnswer({ worker }: Hello, answer: StatusAnswer): void {
    if (!this.#context.statusDesk.deliver(worker, answer)) this.#context.counters.add('frames-refused', 'unclaimed');
  }

  #onGoodbye(): void {
    this.#saidGoodbye = true;
    // What it said before its goodbye must reach the store, or the reason of its leaving would be unknown.
    this.#lane?.settled().then(
      () => this.#end(1000, 'Goodbye.'),
      () => {},
    );
  }

  #createLane(origin: { readonly job: string; readonly worker: string; readonly session: string }): EventLane {
    const { store, clock, counters, log, progressMonitor } = this.#context;
    return createEventLane({
      store,
      origin,
      clock,
      onStored: (event) => {
        counters.add('events-stored');
        try {
          progressMonitor.eventStored(origin.worker, event);
        } catch (error) {
          counters.add('internal-faults');
          log.oncePerMinute('link-internal', `An event could not be handled: ${messageOf(error)}.`);
        }
      },
      onCommitted: (numbers, repeated) => {
        if (repeated > 0) counters.add('events-repeated', '', repeated);
        this.#outgoing.acknowledge(numbers);
      },
      onFailed: (error) => log.oncePerMinute('link-store', `Events could not be stored yet: ${messageOf(error)}`),
      onDropped: () => counters.add('events-dropped'),
      onOverflow: () => {
        counters.add('connections-closed', 'store-behind');
        this.#refuse(1013, monitorErrorCodes.storeOverloaded, 'The store fell behind; dial again to resume.', 1000);
      },
    });
  }

  #badFrame(reason: string, sentence: string): void {
    this.#context.counters.add('frames-refused', reason);
    const who = this.#hello === undefined ? 'a connection without Hello' : `worker ${this.#hello.worker}`;
    this.#context.log.oncePerMinute(`link-bad-frame ${who}`, `A frame of ${who} was refused: ${sentence}`);
    this.#badFrames += 1;
    if (this.#state === 'awaiting-hello' || this.#badFrames >= maxBadFrames) {
      this.#refuse(CloseCode.BAD_FRAME, monitorErrorCodes.badFrame, sentence);
    }
  }

  #refuse(closeCode: number, code: MonitorErrorCode, message: string, retryMs: number = 0): void {
    if (this.#state === 'ended') return;
    this.#context.counters.add(this.#state === 'serving' ? 'connections-closed' : 'connections-refused', code);
    const from = this.#addresses.remoteAddress;
    if (this.#state !== 'serving')
      this.#context.log.oncePerMinute(`refused ${code}`, `A connection of ${from} was refused: ${message}`);
    this.#outgoing.refuse(code, message, retryMs);
    this.#end(closeCode, message);
  }

  /** Starts the closing handshake; a peer that does not answer it is cut off by the link's close timeout. */
  #end(closeCode: number, reason: string): void {
    this.#finish();
    // A paused socket would not see the peer's answer.
    this.#socket.resume();
    this.#socket.close(
      closeCode,
      Buffer.from(reason)
        .subarray(0, 120)
        .toString('utf8')
        .replace(/\ufffd+$/, ''),
    );
  }

  #terminate(): void {
    this.#finish();
    this.#socket.terminate();
  }

  #onClose(): void {
    this.#finish();
  }

  #finish(): void {
    if (this.#state === 'ended') return;
    const wasServing = this.#state === 'serving';
    this.#state = 'ended';
    this.#cancelHelloDeadline();
    // Events that were received go on into the store: they are not acknowledged, and a replay of them is recognised.
    if (wasServing) this.#owner.gone(this, this.#saidGoodbye || this.#exit.holds ? 'left' : 'lost', this.#parting());
  }

  #parting(): Parting {
    const { host = '', pid = 0 } = this.#hello ?? {};
    const ends = { ...this.#addresses, silent: this.#wasSilent, host, pid, ownHost: hostname() };
    return partingOf(ends, (process) => readFileSync(`/proc/${process}/stat`, 'latin1'));
  }
}
