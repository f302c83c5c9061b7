import { Clock, Control, OperatorState } from '../board/layout.ts';
import type { OperatorInspection } from '../tracker.ts';
import type { OldestRecord } from './condition.ts';
import { Flight } from './flight.ts';
import type { Graph } from './graph.ts';
import { Operator, type OperatorIdentity } from './operator.ts';

// biome-ignore lint/suspicious/noExplicitAny: any function of the user's
type AnyFunction = (...args: any[]) => unknown;

/** Taken before user code can change it. */
const { then } = Promise.prototype;

/**
 * A function of the user's whose calls are the records.
 *
 * `completed` is the low watermark of the calls, so that a marker passes when every call before it has ended, in whatever order
 * they end; the number of calls that have ended goes to the board.
 */
export class FunctionOperator extends Operator {
  readonly #fn: AnyFunction;
  readonly #flight: Flight = new Flight();
  /** Calls that have ended their synchronous part and not settled. */
  #pending = 0;

  constructor(identity: OperatorIdentity, graph: Graph, fn: AnyFunction) {
    super(identity, graph);
    this.#fn = fn;
  }

  /** Gives the function back with its calls counted; the function itself when there is no room for one more operator. */
  static wrap<F extends AnyFunction>(graph: Graph, name: string, fn: F): F {
    if (graph.stopped || typeof fn !== 'function') return fn;
    const operator = graph.add(
      { name: String(name), kind: 'function', unit: 'records', location: undefined },
      (identity) => new FunctionOperator(identity, graph, fn),
    );
    return operator === undefined ? fn : operator.#wrapped<F>();
  }

  override queued(): number {
    return this.#flight.begun - this.#flight.low;
  }

  override buffered(): number {
    return 0;
  }

  override held(): number {
    return 0;
  }

  override state(): OperatorState {
    return this.#flight.ended < this.#flight.begun ? OperatorState.BUSY : OperatorState.IDLE;
  }

  override unread(): boolean {
    return false;
  }

  override progress(): 'open' | 'finished' | 'released' | 'cut' {
    return 'open';
  }

  override finishing(): boolean {
    return false;
  }

  override inspect(): OperatorInspection {
    return { name: this.name, functions: [this.#fn], callbackOutstanding: this.#pending > 0 };
  }

  override detach(): void {}

  override get done(): number {
    return this.#flight.ended;
  }

  override get inFlight(): number {
    return this.#flight.begun - this.#flight.ended;
  }

  override oldest(): OldestRecord | undefined {
    return this.#flight.oldest;
  }

  #ended(): void {
    if (this.complete(this.#flight.low)) this.completion(0);
  }

  #wrapped<F extends AnyFunction>(): F {
    const operator = this;
    const fn = this.#fn;
    const flight = this.#flight;
    const { control, clock } = this.graph.board;
    const wrapped = function (this: unknown, ...args: unknown[]): unknown {
      // A class makes its own instances, not some of ours.
      const maker = new.target === wrapped ? fn : new.target;
      if (operator.graph.stopped)
        return maker === undefined ? Reflect.apply(fn, this, args) : Reflect.construct(fn, args, maker);
      const call = flight.enter();
      const previous = control[Control.RUNNING_OPERATOR] as number;
      control[Control.RUNNING_OPERATOR] = operator.id;
      let result: unknown;
      try {
        result = maker === undefined ? Reflect.apply(fn, this, args) : Reflect.construct(fn, args, maker);
      } catch (error) {
        flight.returned();
        operator.#ended();
        throw error;
      } finally {
        control[Control.RUNNING_OPERATOR] = previous;
      }
      if (!(result instanceof Promise)) {
        flight.returned();
        operator.#ended();
        return result;
      }
      const pending = flight.goesOn(call, clock[Clock.NOW_MS] as number);
      operator.#pending++;
      const settled = (): void => {
        operator.#pending--;
        flight.exit(pending);
        operator.#ended();
      };
      return observe(result, settled);
    };
    // Name, number of parameters, prototype, and whatever else is on it, such as what util.promisify looks for.
    Object.defineProperties(wrapped, Object.getOwnPropertyDescriptors(fn));
    return wrapped as unknown as F;
  }
}

/**
 * Gives the promise that the user gets. To look at a promise is to handle its rejection, of which nobody would then hear: so a
 * plain promise is followed by one with the same outcome. One that is more than a promise, by its class or by what was put on it,
 * cannot be replaced and is given back itself.
 */
function observe(promise: Promise<unknown>, settled: () => void): Promise<unknown> {
  if (Object.getPrototypeOf(promise) === Promise.prototype && Reflect.ownKeys(promise).length === 0) {
    return then.call(
      promise,
      (value) => {
        settled();
        return value;
      },
      (reason) => {
        settled();
        throw reason;
      },
    );
  }
  try {
    then.call(promise, settled, settled);
  } catch {
    // A class that does not let others make a promise of it: its calls count as ended when they return.
    settled();
  }
  return promise;
}
