import { create, type StatusAnswer, type StatusRequest, StatusRequestSchema } from '@streamgauge/proto';
import type { Clock } from '../clock.ts';
import { MonitorError, monitorErrorCodes } from '../errors.ts';
import { type StatusView, statusView } from './status-view.ts';

/** Questions that may wait for their answers at the same time, of people and of the schedule together. */
const maxWaiting = 256;

/**
 * Sends a request down the link of a worker. absent: it is not connected, or its connection is full; unable: it has not said that
 * it answers such requests, and is not asked.
 */
export type StatusRequester = (worker: string, request: StatusRequest) => 'sent' | 'absent' | 'unable';

interface Waiting {
  readonly worker: string;
  settle(answer: StatusAnswer): void;
  fail(what: string): void;
}

/** Asks workers what they are doing now. Every question gets an answer or an error, and none waits for ever. */
export class StatusDesk {
  readonly #waiting = new Map<string, Waiting>();
  /** Questions under way, by worker and sections: those who ask the same meanwhile share the answer. */
  readonly #shared = new Map<string, Promise<StatusView>>();
  readonly #request: StatusRequester;
  readonly #clock: Clock;
  readonly #newId: () => string;

  constructor(options: { readonly request: StatusRequester; readonly clock: Clock; readonly newId: () => string }) {
    this.#request = options.request;
    this.#clock = options.clock;
    this.#newId = options.newId;
  }

  /**
   * Asks a worker for sections of its status; an empty list asks for all it has.
   *
   * @throws MonitorError SG_MONITOR_WORKER_UNAVAILABLE when the worker is not connected, cannot be asked, does not answer within
   * timeoutMs, or answers with an error; SG_MONITOR_TOO_MANY when too many answers are awaited already.
   */
  ask(worker: string, sections: readonly string[], timeoutMs: number): Promise<StatusView> {
    const key = JSON.stringify([worker, ...sections]);
    const known = this.#shared.get(key);
    if (known !== undefined) return known;
    const asked = this.#ask(worker, sections, timeoutMs).finally(() => this.#shared.delete(key));
    this.#shared.set(key, asked);
    return asked;
  }

  /** Hands an answer to whoever waits for it. True: somebody did. Another worker's answer is not taken. */
  deliver(worker: string, answer: StatusAnswer): boolean {
    const waiting = this.#waiting.get(answer.requestId);
    if (waiting === undefined || waiting.worker !== worker) return false;
    waiting.settle(answer);
    return true;
  }

  /** Ends every question that waits, so that nothing holds up the end of the monitor. */
  close(): void {
    for (const { fail } of [...this.#waiting.values()]) fail('has not told its status before the end of the monitor');
  }

  async #ask(worker: string, sections: readonly string[], timeoutMs: number): Promise<StatusView> {
    if (this.#waiting.size >= maxWaiting) {
      const message = `${maxWaiting} answers are awaited already; try again when some have arrived.`;
      throw new MonitorError(monitorErrorCodes.tooMany, message);
    }
    const requestId = this.#newId();
    const sent = this.#request(worker, create(StatusRequestSchema, { requestId, sections: [...sections] }));
    if (sent === 'absent')
      throw unavailable(
        worker,
        'is not connected, so it cannot be asked for its status; /sdk_status?id= has what it told last',
      );
    if (sent === 'unable') throw unavailable(worker, 'has an agent that cannot be asked for its status; update it');
    const answer = await this.#answerTo(requestId, worker, timeoutMs);
    if (answer.errorCode === '') return statusView(answer);
    throw unavailable(worker, `refuses to tell its status (${answer.errorCode}): ${answer.errorMessage}`);
  }

  #answerTo(requestId: string, worker: string, timeoutMs: number): Promise<StatusAnswer> {
    return new Promise((resolve, reject) => {
      const late = `did not tell its status within ${timeoutMs} ms`;
      const cancel = this.#clock.after(timeoutMs, () => fail(late));
      const end = (): void => {
        this.#waiting.delete(requestId);
        cancel();
      };
      const settle = (answer: StatusAnswer): void => {
        end();
        resolve(answer);
      };
      const fail = (what: string): void => {
        end();
        reject(unavailable(worker, what));
      };
      this.#waiting.set(requestId, { worker, settle, fail });
    });
  }
}

function unavailable(worker: string, what: string): MonitorError {
  const sentence = `Worker ${JSON.stringify(worker)} ${what.replace(/\.$/, '')}.`;
  return new MonitorError(monitorErrorCodes.workerUnavailable, sentence);
}
