import type { Command, CommandAnswer } from '@streamgauge/proto';
import { Allowance, type AllowanceLimits } from '../allowance.ts';
import type { Clock } from '../clock.ts';
import { MonitorError, messageOf, monitorErrorCodes } from '../errors.ts';
import type { Logger } from '../log.ts';
import { rfc3339 } from '../store/log-record.ts';
import type { Store } from '../store/store.ts';
import { type CommandName, type CommandWish, commandMessage, type OutcomeName, outcomeName } from './command.ts';

const commandLimits: AllowanceLimits = {
  /** Commands a second of all people together: nobody sends more by hand, and each is written down twice. */
  perSecond: 2,
  /** The same at once. */
  burst: 20,
};

/** Commands that may wait for their answer at the same time. */
const maxWaiting = 64;

/** How long whoever asked is kept waiting, and for how long an answer is taken at all; milliseconds. */
const patience: Readonly<Record<CommandName, { readonly askerMs: number; readonly answerMs: number }>> = {
  exit: { askerMs: 5000, answerMs: 5000 },
  'set-interval': { askerMs: 5000, answerMs: 5000 },
  // Writing a large heap takes minutes; a connection of the monitor without a word is ended after thirty seconds.
  'heap-dump': { askerMs: 20_000, answerMs: 660_000 },
};

/** The worker that is to do something. */
export interface CommandedWorker {
  readonly worker: string;
  readonly job: string;
  readonly state: string;
  readonly capabilities: readonly string[];
}

/** What became of a command. pending: it was sent, and the answer is still awaited; the event log will have it. */
export interface CommandResult {
  readonly requestId: string;
  readonly outcome: OutcomeName | 'pending';
  readonly message: string;
  /** File that the worker has written, at the worker; null: none. */
  readonly file: string | null;
}

/** What the desk needs of the rest of the monitor. */
export interface CommandDeskOptions {
  /** False: the worker is not connected. */
  readonly send: (worker: string, command: Command) => boolean;
  readonly store: Pick<Store, 'appendRecord'>;
  readonly clock: Clock;
  readonly log: Pick<Logger, 'info' | 'oncePerMinute'>;
  readonly newId: () => string;
  readonly count: (command: CommandName, outcome: string) => void;
}

interface Asked {
  readonly requestId: string;
  readonly worker: CommandedWorker;
  readonly wish: CommandWish;
  /** Who asked, for people. */
  readonly from: string;
}

interface Waiting extends Asked {
  settle(result: CommandResult | MonitorError): void;
  cancel(): void;
}

/**
 * Sends commands to workers on behalf of people, and writes down each one: before it is sent, so that none is done that nobody can
 * read of, and when it is over.
 */
export class CommandDesk {
  readonly #options: CommandDeskOptions;
  readonly #waiting = new Map<string, Waiting>();
  readonly #commands: Allowance;

  constructor(options: CommandDeskOptions) {
    this.#options = options;
    this.#commands = new Allowance(commandLimits, options.clock.monotonicMs());
  }

  /**
   * Asks a worker to do something; resolves with what became of it, also when the worker refused or failed.
   *
   * @throws MonitorError SG_MONITOR_TOO_MANY when too many were asked for, SG_MONITOR_FORBIDDEN when the worker does not allow it,
   * SG_MONITOR_WORKER_UNAVAILABLE when it is not connected or does not answer, or that of the store when it could not be written down;
   * then nothing was sent
   */
  async ask(worker: CommandedWorker, wish: CommandWish, from: string): Promise<CommandResult> {
    const { send, newId, log, count } = this.#options;
    const { command } = wish;
    const asked: Asked = { requestId: newId(), worker, wish, from };
    if (!this.#isInTime() || this.#waiting.size >= maxWaiting) {
      count(command, 'refused-here');
      log.oncePerMinute('commands', `Commands come too fast; ${command} for worker ${worker.worker} was refused.`);
      throw new MonitorError(monitorErrorCodes.tooMany, 'Too many commands were asked for; wait some seconds.');
    }
    if (worker.state !== 'connected') {
      count(command, 'refused-here');
      throw unavailable(`Worker ${JSON.stringify(worker.worker)} is not connected, so it takes no command.`);
    }
    if (!worker.capabilities.includes(command)) {
      const message =
        `Worker ${JSON.stringify(worker.worker)} does not allow ${command}: ` +
        `its own user has to start it with ${command} in STREAMGAUGE_ALLOW_COMMANDS.`;
      await this.#writeDown(asked, 'command.refused', { outcome: 'not-allowed', message });
      throw new MonitorError(monitorErrorCodes.forbidden, message);
    }
    await this.#writeDown(asked, 'command.requested', {});
    return new Promise((resolve, reject) => {
      const settle = (result: CommandResult | MonitorError): void =>
        result instanceof MonitorError ? reject(result) : resolve(result);
      // Before it is sent: the answer may be there at once.
      this.#waiting.set(asked.requestId, { ...asked, settle, cancel: this.#keepTime(asked, settle) });
      if (!send(worker.worker, commandMessage(asked.requestId, wish)))
        this.#giveUp(asked, `Worker ${JSON.stringify(worker.worker)} is not connected any more.`);
    });
  }

  /** A worker has answered. Answers that nobody waits for, and those of another worker, are left alone. */
  answered(worker: string, answer: CommandAnswer): void {
    const waiting = this.#waiting.get(answer.requestId);
    if (waiting === undefined || waiting.worker.worker !== worker) return;
    this.#take(waiting);
    const outcome = outcomeName(answer.outcome);
    const { message } = answer;
    const file = answer.file === '' ? null : answer.file;
    this.#writeDownLater(waiting, 'command.answered', { outcome, message, ...(file === null ? {} : { file }) });
    waiting.settle({ requestId: waiting.requestId, outcome, message, file });
  }

  #keepTime({ requestId, wish, worker }: Asked, settle: Waiting['settle']): () => void {
    const { clock } = this.#options;
    const { askerMs, answerMs } = patience[wish.command];
    const cancels = [
      clock.after(answerMs, () => {
        const waiting = this.#waiting.get(requestId);
        const message = `Worker ${JSON.stringify(worker.worker)} did not answer within ${answerMs} ms.`;
        if (waiting !== undefined) this.#giveUp(waiting, message);
      }),
    ];
    if (askerMs < answerMs) {
      const message =
        'The worker has not answered yet; the event log will say what became of it, under topic commands.';
      cancels.push(clock.after(askerMs, () => settle({ requestId, outcome: 'pending', message, file: null })));
    }
    return () => {
      for (const cancel of cancels) cancel();
    };
  }

  #giveUp({ requestId }: Asked, message: string): void {
    const waiting = this.#waiting.get(requestId);
    if (waiting === undefined) return;
    this.#take(waiting);
    this.#writeDownLater(waiting, 'command.unanswered', { outcome: 'unanswered', message });
    waiting.settle(unavailable(message));
  }

  #take(waiting: Waiting): void {
    this.#waiting.delete(waiting.requestId);
    waiting.cancel();
  }

  #writeDownLater(asked: Asked, event: string, about: About): void {
    this.#writeDown(asked, event, about).catch((error: unknown) =>
      this.#options.log.oncePerMinute('commands-store', `A command could not be written down: ${messageOf(error)}`),
    );
  }

  /** Into the event log, and one line for people when it is over. */
  async #writeDown({ requestId, worker, wish, from }: Asked, event: string, about: About): Promise<void> {
    const { store, clock, log, count } = this.#options;
    const { command, ...parameters } = wish;
    if (about.outcome !== undefined) {
      count(command, about.outcome);
      log.info(
        `Command ${command} for worker ${worker.worker} of job ${worker.job}, asked for by ${from}: ${about.outcome}. ${about.message ?? ''}`,
      );
    }
    await store.appendRecord({
      topic: 'commands',
      at: rfc3339(clock.unixMs()),
      job: worker.job,
      worker: worker.worker,
      payload: { event, requestId, command, parameters, from, ...about },
    });
  }

  #isInTime(): boolean {
    const nowMs = this.#options.clock.monotonicMs();
    // One that is refused takes nothing: else whoever goes on asking would never be let in again.
    if (this.#commands.left(nowMs) < 1) return false;
    this.#commands.take(nowMs);
    return true;
  }
}

interface About {
  readonly outcome?: OutcomeName | 'unanswered';
  readonly message?: string;
  readonly file?: string;
}

function unavailable(message: string): MonitorError {
  return new MonitorError(monitorErrorCodes.workerUnavailable, message);
}
