import { Clock, OperatorState } from '../board/layout.ts';
import { text } from '../explicit/definition.ts';
import type { OperatorInspection } from '../tracker.ts';
import type { OldestRecord } from './condition.ts';
import { Flight } from './flight.ts';
import type { Graph } from './graph.ts';
import { Operator, type OperatorIdentity } from './operator.ts';
import { sameOutcome } from './same-outcome.ts';
import { presentableName } from './unique-names.ts';

// biome-ignore lint/suspicious/noExplicitAny: any function of the user's
type AnyFunction = (...args: any[]) => unknown;

/** What is known of a function beside its calls. */
export interface FunctionOptions<F extends AnyFunction> {
  /** What a person would look for a call by, such as the id of the order: asked for calls that do not end when they return. */
  readonly key?: (...args: Parameters<F>) => unknown;
  /** Dataflow that it belongs to, where a process runs several. Default: the job of the worker. */
  readonly job?: string;
}

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
  static wrap<F extends AnyFunction>(graph: Graph, name: string, fn: F, options: FunctionOptions<F> = {}): F {
    if (graph.stopped || typeof fn !== 'function') return fn;
    const job = options.job === undefined ? '' : presentableName(options.job);
    const operator = graph.add(
      { name: String(name), kind: 'function', unit: 'records', location: undefined, job },
      (identity) => new FunctionOperator(identity, graph, fn),
    );
    return operator === undefined
      ? fn
      : options.key === undefined
        ? operator.#wrapped<F>()
        : operator.#keyed<F>(options.key);
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
    return {
      name: this.name,
      functions: [this.#fn],
      callbackOutstanding: this.#pending > 0,
      awaits: true,
      promise: this.#flight.fate,
    };
  }

  override publish(withState: boolean, active: number): void {
    this.#flight.loosen(this.graph.nowMs());
    super.publish(withState, active);
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

  override records(limit: number): readonly OldestRecord[] {
    return this.#flight.oldestOf(limit);
  }

  #ended(): void {
    if (this.complete(this.#flight.low)) this.completion(0);
  }

  /**
   * Every call of the user's pays for the short path: what V8 does not find short enough to put into the caller's own code costs
   * five times as much. So it has in it what most calls need, and everything else is a call away.
   */
  #wrapped<F extends AnyFunction>(): F {
    const fn = this.#fn;
    const flight = this.#flight;
    const { graph, id } = this;
    const { control } = graph.board;
    const wrapped = function (this: unknown, first: unknown, second: unknown, third: unknown): unknown {
      // Few arguments are handed on one by one: a list made of them for every call costs more than all the rest. V8 makes none as
      // long as only the number of the arguments and single ones are asked for, in whatever branch.
      // biome-ignore lint/complexity/noArguments: a rest parameter is such a list
      const count = arguments.length;
      // A class makes its own instances, not some of ours.
      if (new.target !== undefined || count > 3 || graph.stopped) {
        const given: unknown[] = [];
        // biome-ignore lint/complexity/noArguments: see above
        for (let index = 0; index < count; index++) given.push(arguments[index]);
        return operator.#general(this, given, new.target === wrapped ? fn : new.target);
      }
      const call = flight.enter();
      // The cell is Control.RUNNING_OPERATOR, written as a number because every call pays for this line.
      const previous = control[2] as number;
      control[2] = id;
      let result: unknown;
      try {
        result = count === 1 ? Reflect.apply(fn, this, [first]) : applyFew(fn, this, count, first, second, third);
      } catch (error) {
        control[2] = previous;
        operator.#returned();
        throw error;
      }
      control[2] = previous;
      if (typeof result === 'object' && result instanceof Promise) return operator.#goesOn(call, result);
      operator.#returned();
      return result;
    };
    const operator: FunctionOperator = this;
    // Name, number of parameters, prototype, and whatever else is on it, such as what util.promisify looks for.
    Object.defineProperties(wrapped, Object.getOwnPropertyDescriptors(fn));
    return wrapped as unknown as F;
  }

  /** The same with a key for each call, which is asked of the arguments and costs a list of them. */
  #keyed<F extends AnyFunction>(key: AnyFunction): F {
    const operator: FunctionOperator = this;
    const keyed = function (this: unknown, ...args: unknown[]): unknown {
      return operator.#general(this, args, new.target === keyed ? operator.#fn : new.target, key);
    };
    Object.defineProperties(keyed, Object.getOwnPropertyDescriptors(this.#fn));
    return keyed as unknown as F;
  }

  /** A call with many arguments, of a class, or after the end of the agent. */
  #general(self: unknown, args: unknown[], maker: unknown, key?: AnyFunction): unknown {
    const fn = this.#fn;
    const run = (): unknown =>
      maker === undefined ? Reflect.apply(fn, self, args) : Reflect.construct(fn, args, maker as AnyFunction);
    if (this.graph.stopped) return run();
    const { control } = this.graph.board;
    const call = this.#flight.enter();
    const previous = control[2] as number;
    control[2] = this.id;
    let result: unknown;
    try {
      result = run();
    } catch (error) {
      this.#returned();
      throw error;
    } finally {
      control[2] = previous;
    }
    if (result instanceof Promise) return this.#goesOn(call, result, key === undefined ? '' : keyOf(key, args));
    this.#returned();
    return result;
  }

  /** The function of a call has returned, and the call is over. */
  #returned(): void {
    this.#flight.returned();
    this.#ended();
  }

  /** The function of a call has returned a promise. */
  #goesOn(call: number, result: Promise<unknown>, key = ''): unknown {
    const flight = this.#flight;
    const pending = flight.goesOn(call, this.graph.board.clock[Clock.NOW_MS] as number, key, undefined, result);
    this.#pending++;
    const settled = (): void => {
      this.#pending--;
      flight.exit(pending);
      this.#ended();
    };
    return observe(result, settled);
  }
}

/** What a person knows a call by; the user's function may throw, or give anything. */
function keyOf(key: AnyFunction, args: readonly unknown[]): string {
  try {
    return text(Reflect.apply(key, undefined, args));
  } catch {
    return '';
  }
}

/** Calls with just as many arguments as were given: a function may look at their number. */
function applyFew(
  fn: AnyFunction,
  self: unknown,
  count: number,
  first: unknown,
  second: unknown,
  third: unknown,
): unknown {
  if (count === 2) return Reflect.apply(fn, self, [first, second]);
  return Reflect.apply(fn, self, count === 0 ? [] : [first, second, third]);
}

/**
 * Gives the promise that the user gets: of a plain one another with the same outcome. One that is more than a promise, by its class or by what was put on it,
 * cannot be replaced and is given back itself.
 */
function observe(promise: Promise<unknown>, settled: () => void): Promise<unknown> {
  if (Object.getPrototypeOf(promise) === Promise.prototype && Reflect.ownKeys(promise).length === 0) {
    return sameOutcome(promise, settled, settled);
  }
  try {
    then.call(promise, settled, settled);
  } catch {
    // A class that does not let others make a promise of it: its calls count as ended when they return.
    settled();
  }
  return promise;
}
