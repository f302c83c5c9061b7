import { Control, OperatorState } from '../board/layout.ts';
import type { OperatorInspection } from '../tracker.ts';
import { Flight } from './flight.ts';
import type { Graph } from './graph.ts';
import { Operator, type OperatorIdentity } from './operator.ts';

// biome-ignore lint/suspicious/noExplicitAny: any function of the user's
type AnyFunction = (...args: any[]) => unknown;

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

  #end(call: number): void {
    this.#flight.exit(call);
    if (this.complete(this.#flight.low)) this.completion(0);
  }

  #wrapped<F extends AnyFunction>(): F {
    const operator = this;
    const fn = this.#fn;
    const flight = this.#flight;
    const { control } = this.graph.board;
    const wrapped = function (this: unknown, ...args: unknown[]): unknown {
      if (operator.graph.stopped) return Reflect.apply(fn, this, args);
      const call = flight.enter();
      const previous = control[Control.RUNNING_OPERATOR] as number;
      control[Control.RUNNING_OPERATOR] = operator.id;
      let result: unknown;
      try {
        result = new.target === undefined ? Reflect.apply(fn, this, args) : Reflect.construct(fn, args, new.target);
      } catch (error) {
        operator.#end(call);
        throw error;
      } finally {
        control[Control.RUNNING_OPERATOR] = previous;
      }
      if (!(result instanceof Promise)) {
        operator.#end(call);
        return result;
      }
      operator.#pending++;
      const settled = (): void => {
        operator.#pending--;
        operator.#end(call);
      };
      // The user gets the very promise that the function gave; a rejection that nobody handles is still the user's to hear of.
      observe(result, settled);
      return result;
    };
    Object.defineProperty(wrapped, 'name', { value: fn.name, configurable: true });
    Object.defineProperty(wrapped, 'length', { value: fn.length, configurable: true });
    return wrapped as unknown as F;
  }
}

function observe(promise: Promise<unknown>, settled: () => void): void {
  Promise.prototype.then.call(promise, settled, settled);
}
