import { Control } from '../board/layout.ts';
import type { ExplicitOperator } from '../operator/explicit-operator.ts';
import type { Graph } from '../operator/graph.ts';
import { type RecordInFlight, RecordOperator } from '../operator/record-operator.ts';
import type { SourceLocation } from '../thread/messages.ts';
import type { Observable, RxjsModule, Subscriber } from './rxjs-module.ts';

// biome-ignore lint/suspicious/noExplicitAny: any function of the user's
export type Project = (this: unknown, value: any, index: number) => unknown;

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
  readonly #promises: { pending: number };

  private constructor(graph: Graph, operator: RecordOperator, promises: { pending: number }) {
    this.#control = graph.board.control;
    this.operator = operator;
    this.#promises = promises;
  }

  /** Gives undefined when the board is full. */
  static open(
    graph: Graph,
    name: string,
    location: SourceLocation | undefined,
    functions: () => readonly Project[],
  ): Boundary | undefined {
    const promises = { pending: 0 };
    // An inner Observable may stay open on purpose: a timer, a subscription. Only a promise has to come to an end.
    const look = ({ condition, inFlight }: ExplicitOperator): void => {
      condition.pauseReason = inFlight > 0 && promises.pending === 0 ? 'an inner Observable stays open' : undefined;
    };
    const operator = graph.add(
      { name, kind: 'function', unit: 'records', location },
      (identity) => new RecordOperator(identity, graph, { functions, look }),
    );
    return operator === undefined ? undefined : new Boundary(graph, operator, promises);
  }

  /** The flow of one subscription. */
  begin(rxjs: RxjsModule, project: Project, { queues, replaces }: BoundaryManner): Flow {
    const { operator } = this;
    const control = this.#control;
    const promises = this.#promises;
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
        try {
          inner = project.call(this, value, index);
          if (inner instanceof Promise && !replaces) return ofPromise(rxjs, operator, promises, record, inner);
          inner = rxjs.innerFrom(inner);
        } catch (error) {
          operator.finishRecord(record);
          throw error;
        } finally {
          control[Control.RUNNING_OPERATOR] = previous;
        }
        return ofObservable(rxjs, operator, record, inner as Observable);
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
      close: () => operator.finishAllOf(flow),
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
  promises: { pending: number },
  record: RecordInFlight,
  promise: Promise<unknown>,
): Observable {
  return new rxjs.Observable((subscriber: Subscriber & { readonly closed?: boolean }) => {
    promises.pending++;
    const given = then.call(
      promise,
      (value) => {
        promises.pending--;
        if (!subscriber.closed) {
          subscriber.next(value);
          subscriber.complete();
        }
        operator.finishRecord(record);
      },
      (error) => {
        promises.pending--;
        operator.finishRecord(record);
        subscriber.error(error);
      },
    );
    void then.call(given, null, rxjs.reportUnhandledError);
  });
}

function ofObservable(
  rxjs: RxjsModule,
  operator: RecordOperator,
  record: RecordInFlight,
  inner: Observable,
): Observable {
  return new rxjs.Observable((subscriber) => {
    // Runs after what the inner one gave last has gone on its way.
    subscriber.add(() => operator.finishRecord(record));
    return inner.subscribe(subscriber);
  });
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
