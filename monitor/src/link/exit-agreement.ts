import { type Command, type CommandAnswer, CommandOutcome } from '@streamgauge/proto';

/** For so long a worker that has agreed to end is expected to go: a program that handles SIGTERM may have work to finish. */
const patienceMs = 120_000;

/** Whether a worker was asked to end, and has agreed: then its going, which need not be announced, is no loss. */
export class ExitAgreement {
  readonly #nowMs: () => number;
  /** Empty: it was not asked. */
  #requestId = '';
  #agreedAtMs = Number.NEGATIVE_INFINITY;

  constructor(nowMs: () => number) {
    this.#nowMs = nowMs;
  }

  asked({ requestId, action }: Command): void {
    if (action.case === 'exit') this.#requestId = requestId;
  }

  answered({ requestId, outcome }: CommandAnswer): void {
    if (requestId !== '' && requestId === this.#requestId && outcome === CommandOutcome.DONE)
      this.#agreedAtMs = this.#nowMs();
  }

  /** Whether it is expected to go now. */
  get holds(): boolean {
    return this.#nowMs() - this.#agreedAtMs <= patienceMs;
  }
}
