import type { EdgeWords, OperatorWords, ReportWords } from '../../support/story.ts';

/** How one operator of a model flow is built. */
export interface OperatorPlan {
  /** Places in front of it, counted back from its own; empty: a source. */
  readonly inputs: readonly number[];
  /** Records that fit into each FIFO in front of it. */
  readonly capacity: number;
  /** Waits for room in its own code, as by `await once(out, 'drain')`, and so looks busy while its output is blocked. */
  readonly waitsByHand: boolean;
}

/** hold: takes a record and never completes it. unread: gives records into an output that nobody reads. */
export interface Fault {
  readonly operator: number;
  readonly kind: 'hold' | 'unread';
  readonly afterSeconds: number;
}

interface Fifo {
  readonly from: number;
  readonly to: number;
  queued: number;
}

const ticksPerSecond = 4;

/** Operators that hand records on through bounded FIFOs, one of them broken; time passes only in second(). */
export class FlowModel {
  readonly #plans: readonly OperatorPlan[];
  readonly #fault: Fault;
  readonly #fifos: readonly Fifo[];
  readonly #operators: { inHand: boolean; completed: number; busySince: number; completedAt: number }[];
  #tick = 0;

  constructor(plans: readonly OperatorPlan[], fault: Fault) {
    this.#plans = plans;
    this.#fault = fault;
    this.#fifos = plans.flatMap(({ inputs }, to) => inputs.map((back) => ({ from: to - back, to, queued: 0 })));
    this.#operators = plans.map(() => ({ inHand: false, completed: 0, busySince: 0, completedAt: 0 }));
  }

  /** One second passes; what the worker would report after it. */
  second(): Required<Pick<ReportWords, 'operators' | 'edges'>> {
    for (let tick = 0; tick < ticksPerSecond; tick += 1) {
      this.#tick += 1;
      for (let at = this.#plans.length - 1; at >= 0; at -= 1) this.#step(at);
    }
    const operators = this.#plans.map((_, at): [string, OperatorWords] => [nameOf(at), this.#words(at)]);
    const edges = this.#fifos.map(({ from, to, queued }): [string, EdgeWords] => [
      `${nameOf(from)}>${nameOf(to)}`,
      { queued, capacity: this.#capacity(to) },
    ]);
    return { operators: Object.fromEntries(operators), edges: Object.fromEntries(edges) };
  }

  /** Whether its record cannot leave because a FIFO behind it is full. */
  isBlocked(at: number): boolean {
    return this.#operators[at]?.inHand === true && this.#outputs(at).some((fifo) => this.#isFull(fifo));
  }

  /** Operators behind it that are full. */
  blockers(at: number): string[] {
    return this.#outputs(at).flatMap((fifo) => (this.#isFull(fifo) ? nameOf(fifo.to) : []));
  }

  #step(at: number): void {
    const operator = this.#operators[at];
    if (operator === undefined) return;
    if (operator.inHand && !this.#isBroken(at) && !this.isBlocked(at)) {
      for (const fifo of this.#outputs(at)) fifo.queued += 1;
      operator.inHand = false;
      operator.completed += 1;
      operator.completedAt = this.#tick;
    }
    if (operator.inHand) return;
    const inputs = this.#fifos.filter(({ to }) => to === at);
    // In turns: an input that is never taken from would stand for a reason of its own.
    const turn = operator.completed % Math.max(1, inputs.length);
    const ready = [...inputs.slice(turn), ...inputs.slice(0, turn)].find(({ queued }) => queued > 0);
    if (inputs.length > 0 && ready === undefined) return;
    if (ready !== undefined) ready.queued -= 1;
    operator.inHand = true;
    operator.busySince = this.#tick;
  }

  #words(at: number): OperatorWords {
    const operator = this.#operators[at];
    if (operator === undefined) throw new Error(`no operator ${at}`);
    const unread = this.#fault.kind === 'unread' && this.#isBroken(at) && operator.inHand;
    const blocked = unread || (this.isBlocked(at) && this.#plans[at]?.waitsByHand === false);
    const state = !operator.inHand ? 'idle' : blocked ? 'backpressured' : 'busy';
    const sinceMs = (tick: number): number => ((this.#tick - tick) / ticksPerSecond) * 1000;
    return {
      kind: this.#plans[at]?.inputs.length === 0 ? 'source' : this.#outputs(at).length === 0 ? 'sink' : 'transform',
      state,
      inFlight: operator.inHand ? 1 : 0,
      completed: operator.completed,
      // Also of a backpressured one: the state alone must save it.
      heldMs: operator.inHand ? sinceMs(operator.busySince) : 0,
      progressAgeMs: sinceMs(operator.completedAt),
      markerAgeMs: operator.inHand ? sinceMs(operator.busySince) : 0,
      unread,
    };
  }

  #isBroken(at: number): boolean {
    return at === this.#fault.operator && this.#tick > this.#fault.afterSeconds * ticksPerSecond;
  }

  #outputs(at: number): Fifo[] {
    return this.#fifos.filter(({ from }) => from === at);
  }

  #isFull({ to, queued }: Fifo): boolean {
    return queued >= this.#capacity(to);
  }

  #capacity(at: number): number {
    return this.#plans[at]?.capacity ?? 1;
  }
}

export function nameOf(at: number): string {
  return `op${at}`;
}
