import { Control } from '../board/layout.ts';
import type { ExplicitOperator } from '../operator/explicit-operator.ts';
import type { Graph } from '../operator/graph.ts';
import { type RecordInFlight, RecordOperator } from '../operator/record-operator.ts';
import type { SourceLocation } from '../thread/messages.ts';
import type { PromiseRoots } from './promise-roots.ts';
import type { Observable, RxjsModule, Subscriber } from './rxjs-module.ts';

// biome-ignore lint/suspicious/noExplicitAny: any function of the user's
export type Project = (this: unknown, value: any, index: number) => unknown;

/** A place that nobody subscribes to any more leaves the graph after this long, milliseconds: requests come one after the other. */
const CLOSED_AFTER_MS = 60_000;

/** What the flows of a boundary have open. */
interface Open {
  flows: number;
  /** Promises that have to come to an end. */
  promises: number;
  /** Since when there is no flow, in milliseconds of the clock of the board. */
  idleSinceMs: number;
}

/** Taken before user code can change it. */
const { then } = Promise.prototype;

/** How a boundary treats the values that come while it has others. */
export interface BoundaryManner {
  /** They wait inside of the library until the function is called for them. */
  readonly queues: boolean;
  /** They take the place of those before, which are wanted no more. */
  readonly replaces: boolean;
}

/**
 * One asynchronous boundary of a chain, such as a mergeMap: values go in, and each is done when the inner Observable (or promise)
 * that was made for it has completed, failed, or is wanted no more.
 *
 * One place in the code is one operator, however many subscriptions run through it.
 */
export class Boundary {
  readonly operator: RecordOperator;
  readonly #control: Int32Array;
  readonly #open: Open;
  readonly #roots: PromiseRoots;

  private constructor(operator: RecordOperator, open: Open, roots: PromiseRoots) {
    this.#control = operator.graph.board.control;
    this.operator = operator;
    this.#open = open;
    this.#roots = roots;
  }

  /** It leaves the graph, or has left it. */
  get closed(): boolean {
    return this.operator.released || this.operator.finishing();
  }

  /** Gives undefined when the board is full. */
  static open(
    graph: Graph,
    roots: PromiseRoots,
    name: string,
    location: SourceLocation | undefined,
    functions: readonly Project[],
  ): Boundary | undefined {
    const open: Open = { flows: 0, promises: 0, idleSinceMs: graph.nowMs() };
    // An inner Observable may stay open on purpose: a timer, a subscription. Only a promise has to come to an end.
    const look = (boundary: ExplicitOperator): void => {
      const { condition, inFlight } = boundary;
      condition.pauseReason = inFlight > 0 && open.promises === 0 ? 'an inner Observable stays open' : undefined;
      if (open.flows === 0 && graph.nowMs() - open.idleSinceMs >= CLOSED_AFTER_MS) boundary.end();
    };
    const operator = graph.add(
      { name, kind: 'function', unit: 'records', location },
      (identity) => new RecordOperator(identity, graph, { functions: () => functions, look }),
    );
    return operator === undefined ? undefined : new Boundary(operator, open, roots);
  }

  /** The flow of one subscription. */
  begin(rxjs: RxjsModule, project: Project, { queues, replaces }: BoundaryManner): Flow {
    const { operator } = this;
    const control = this.#control;
    const open = this.#open;
    const roots = this.#roots;
    open.flows++;
    const waiting = new Waiting();
    /** The value that is just coming in: mostly the function is called for it at once, and it never has to wait. */
    let arriving: RecordInFlight | undefined;
    const flow: Flow = {
      project(value, index) {
        const record = arriving ?? waiting.take() ?? operator.receive('', flow);
        arriving = undefined;
        const previous = control[Control.RUNNING_OPERATOR] as number;
        control[Control.RUNNING_OPERATOR] = operator.id;
        let inner: unknown;
        roots.making++;
        try {
          inner = project.call(this, value, index);
          if (inner instanceof Promise && !replaces) return ofPromise(rxjs, operator, open, record, inner);
          inner = rxjs.innerFrom(inner);
        } catch (error) {
          operator.finishRecord(record);
          throw error;
        } finally {
          roots.making--;
          control[Control.RUNNING_OPERATOR] = previous;
        }
        return new rxjs.Observable((subscriber) => {
          let awaited: AwaitedPromise | undefined;
          // Runs after what the inner one gave last has gone on its way.
          subscriber.add(() => {
            awaited?.forget();
            operator.finishRecord(record);
          });
          return roots.subscribe(inner as Observable, subscriber, (promise) => {
            awaited = new AwaitedPromise(open, promise);
          });
        });
      },
      source: (source) => {
        if (!queues) return source;
        return new rxjs.Observable((subscriber) => {
          const next = subscriber._next;
          if (typeof next === 'function') {
            subscriber._next = function (this: unknown, value: unknown): void {
              const record = operator.receive('', flow);
              arriving = record;
              next.call(this, value);
              if (arriving !== record) return;
              arriving = undefined;
              waiting.put(record);
            };
          }
          return source.subscribe(subscriber);
        });
      },
      // What waited is not wanted any more.
      close: () => {
        open.flows--;
        open.idleSinceMs = operator.graph.nowMs();
        operator.finishAllOf(flow);
      },
    };
    return flow;
  }
}

/** What a boundary puts around one subscription. */
export interface Flow {
  project: Project;
  source(source: Observable): Observable;
  close(): void;
}

/** What the library makes of a promise, with the record finished after its value has gone on its way. */
function ofPromise(
  rxjs: RxjsModule,
  operator: RecordOperator,
  open: Open,
  record: RecordInFlight,
  promise: Promise<unknown>,
): Observable {
  return new rxjs.Observable((subscriber: Subscriber & { readonly closed?: boolean }) => {
    const awaited = new AwaitedPromise(open, promise);
    // One that is wanted no more does not have to come to an end.
    subscriber.add(() => awaited.forget());
    const given = then.call(
      promise,
      (value) => {
        if (!subscriber.closed) {
          subscriber.next(value);
          subscriber.complete();
        }
        operator.finishRecord(record);
      },
      (error) => {
        operator.finishRecord(record);
        subscriber.error(error);
      },
    );
    void then.call(given, null, rxjs.reportUnhandledError);
  });
}

/** A promise that an inner Observable begins with: counted until it has come to an end, or does not have to any more. */
class AwaitedPromise {
  readonly #open: Open;
  #counted = true;

  constructor(open: Open, promise: Promise<unknown>) {
    this.#open = open;
    open.promises++;
    const settled = (): void => this.forget();
    try {
      // The library handles its rejection: nothing is hidden.
      then.call(promise, settled, settled);
    } catch {
      // A class that does not let others make a promise of it: it may stay open.
      settled();
    }
  }

  forget(): void {
    if (this.#counted) this.#open.promises--;
    this.#counted = false;
  }
}

/** A FIFO whose front is taken without moving the rest. */
class Waiting {
  readonly #records: RecordInFlight[] = [];
  #front = 0;

  put(record: RecordInFlight): void {
    this.#records.push(record);
  }

  take(): RecordInFlight | undefined {
    const record = this.#records[this.#front];
    if (record === undefined) return undefined;
    this.#front++;
    if (this.#front === this.#records.length) {
      this.#records.length = 0;
      this.#front = 0;
    } else if (this.#front > 1024) {
      this.#records.splice(0, this.#front);
      this.#front = 0;
    }
    return record;
  }
}
