import { OperatorState } from '../board/layout.ts';
import { monotonicMs } from '../board/monotonic.ts';
import type { OperatorInspection } from '../tracker.ts';
import { type Condition, newCondition } from './condition.ts';
import type { Graph } from './graph.ts';
import { Operator, type OperatorIdentity } from './operator.ts';

// biome-ignore lint/suspicious/noExplicitAny: any function of the user's
type AnyFunction = (...args: any[]) => unknown;

/** Of failures that come one after the other, one is looked at in this time. */
const STACK_PAUSE_MS = 1000;
/** How much of a stack's text is kept, in characters: the innermost frames. */
const MAX_STACK_LENGTH = 4000;

/** What is known of an operator that is no stream, beside its records. */
export interface ExplicitOptions {
  /** The user's functions behind it, for finding their place in source. */
  readonly functions?: () => readonly AnyFunction[];
  /** How much work waits for it outside of the process; undefined: not known now. User code: it may throw, or give anything. */
  readonly pending?: () => number | undefined;
  /** Called before its state is told, for what can only be found by looking: whether a connection is there, whether it is paused. */
  readonly look?: (operator: ExplicitOperator) => void;
  /** Its output has no room. */
  readonly blocked?: () => boolean;
  /** Its output has no room, and nobody is there who would make some. */
  readonly unread?: () => boolean;
  /** The code that was given what it has held for longest has returned, and has not said what becomes of it. */
  readonly letGo?: () => boolean;
  /** How often what it has held for longest was given to its code again. */
  readonly repeats?: () => number;
}

/** An operator whose records are announced by whoever sees them come and go: an instrumentation, or the user's own code. */
export abstract class ExplicitOperator extends Operator {
  override readonly condition: Condition = newCondition();
  readonly #options: ExplicitOptions;
  #refused = false;
  #failureStack = '';
  #failureStackMs = Number.NEGATIVE_INFINITY;
  #ended = false;
  #lost = false;

  constructor(identity: OperatorIdentity, graph: Graph, options: ExplicitOptions = {}) {
    super(identity, graph);
    this.#options = options;
  }

  /** Its input is over. Once what it holds is completed it leaves the graph; with `lost` it leaves at once. */
  end(lost = false): void {
    this.#ended = true;
    this.#lost ||= lost;
  }

  /** One more attempt has failed, with what was thrown where code of the user's has. */
  fail(reason: string, error?: unknown): void {
    this.condition.failures++;
    this.condition.lastFailure = reason;
    if (error !== undefined) this.#keepStack(error);
  }

  /** The answer to what it asks for is no. It is owed until the answer is another one: whoever only waits for work is answered. */
  refused(reason: string): void {
    this.fail(reason);
    this.#refused = true;
  }

  /** What it asks for is given, or will be as soon as it is there. */
  accepted(): void {
    this.#refused = false;
  }

  /** The last answer to what it asks for was no. */
  get isRefused(): boolean {
    return this.#refused;
  }

  /** Says whether the connection that the operator needs is there; that it is away may be known since then only. */
  connected(connected: boolean, sinceMs: number = monotonicMs()): void {
    if (connected) this.condition.disconnectedSinceMs = 0;
    else if (this.condition.disconnectedSinceMs === 0) this.condition.disconnectedSinceMs = sinceMs;
  }

  override buffered(_target: Operator): number {
    return 0;
  }

  override held(): number {
    return 0;
  }

  override state(): OperatorState {
    if (this.released) return OperatorState.ENDED;
    this.#options.look?.(this);
    if (this.condition.pauseReason !== undefined) return OperatorState.PAUSED;
    if (this.inFlight === 0 && this.condition.disconnectedSinceMs === 0) return OperatorState.IDLE;
    return this.#options.blocked?.() === true ? OperatorState.BACKPRESSURED : OperatorState.BUSY;
  }

  override unread(): boolean {
    return this.#options.unread?.() === true;
  }

  override progress(): 'open' | 'finished' | 'released' | 'cut' {
    if (!this.#ended) return 'open';
    if (this.#lost) return 'cut';
    return this.inFlight === 0 ? 'released' : 'open';
  }

  override finishing(): boolean {
    return this.#ended;
  }

  override inspect(): OperatorInspection {
    const letGo = this.inFlight > 0 && this.#options.letGo?.() === true;
    return {
      name: this.name,
      functions: this.#options.functions?.() ?? [],
      callbackOutstanding: this.inFlight > 0 && this.state() === OperatorState.BUSY,
      awaits: !letGo,
      letGo,
      repeats: this.#options.repeats?.() ?? 0,
      ...(this.#failureStack !== '' && { failureStack: this.#failureStack }),
    };
  }

  override publish(withState: boolean, active: number): void {
    if (this.#options.pending !== undefined) this.condition.pending = this.#pending(this.#options.pending);
    super.publish(withState, active);
  }

  override detach(): void {}

  /** To write a stack costs more than all the rest of a failure. */
  #keepStack(error: unknown): void {
    const nowMs = this.graph.nowMs();
    if (nowMs - this.#failureStackMs < STACK_PAUSE_MS) return;
    this.#failureStackMs = nowMs;
    try {
      const stack = error instanceof Error ? error.stack : undefined;
      this.#failureStack = typeof stack === 'string' ? stack.slice(0, MAX_STACK_LENGTH) : '';
    } catch {
      // The user's error: whatever reading it does.
      this.#failureStack = '';
    }
  }

  #pending(ask: () => number | undefined): number | undefined {
    try {
      const pending = ask();
      return typeof pending === 'number' && pending >= 0 && Number.isFinite(pending) ? Math.floor(pending) : undefined;
    } catch {
      return undefined;
    }
  }

  /** Everything before this many records is completed. */
  protected reach(completed: number): void {
    if (this.released || this.graph.stopped) return;
    if (this.complete(completed)) this.completion(0);
  }
}
