import type { Graph } from '../operator/graph.ts';
import type { Method } from '../stream/internals.ts';
import { webName } from './web-name.ts';
import type { WebOperator } from './web-operator.ts';

/** What a Web Stream gives its user for putting chunks out; only what is read here. */
export interface Controller {
  /** Room in its output; null once it has failed. */
  readonly desiredSize?: number | null;
}

/** Taken before user code can change it. */
const { then } = Promise.prototype;
const resolve = Promise.resolve.bind(Promise);

/**
 * The user's half of a Web Stream: the functions it was made with, and how many chunks went in, are done and came out.
 *
 * It counts from the moment the stream is made, and is held by the stream, and by its operator, which in turn is held by nobody
 * else while there is no record in it: so a stream that nobody holds any more takes its counts with it.
 */
export class Side {
  readonly kind: 'source' | 'transform' | 'sink';
  readonly className: string;
  /** Its counts are whole: chunks go in and come out one by one through what is counted. */
  exact: boolean;
  functions: Method[] = [];
  /** What its name is looked for in, once somebody asks. */
  madeOf: { readonly streamClass: unknown; readonly user: unknown } | undefined = undefined;
  controller: Controller | undefined = undefined;
  /** What others read its chunks from; undefined: not known, or it gives none. */
  readable: object | undefined = undefined;
  /** Somebody has begun to read them. */
  touched = false;
  written = 0;
  done = 0;
  enqueued = 0;
  /** A call of the user's function has returned a promise that is not settled. */
  pending = 0;
  /** A call of the user's function has not returned. */
  running = false;
  /** Every chunk is done, and no other will come. */
  ended = false;
  /** What it holds is lost. */
  failed = false;
  operator: WebOperator | undefined = undefined;
  /** Dataflow that the user says it belongs to; empty: nothing was said. */
  job = '';
  readonly graph: Graph;
  readonly #control: Int32Array;
  #name: string | undefined = undefined;
  #settled: (() => void) | undefined = undefined;
  #refused: (() => void) | undefined = undefined;

  constructor(graph: Graph, kind: 'source' | 'transform' | 'sink', className: string, exact: boolean) {
    this.graph = graph;
    this.#control = graph.board.control;
    this.kind = kind;
    this.className = className;
    this.exact = exact;
  }

  /** What a person would call it; undefined: nothing but its class. Found when it is asked for, which most are never. */
  get name(): string | undefined {
    if (this.madeOf !== undefined) {
      this.#name ??= webName(this.madeOf.streamClass, this.madeOf.user, this.functions);
      this.madeOf = undefined;
    }
    return this.#name;
  }

  set name(name: string | undefined) {
    this.#name = name;
  }

  /** Called when the promise of a chunk is settled: chunks are taken one at a time, so that one function does for all. */
  get settled(): () => void {
    this.#settled ??= () => {
      this.pending--;
      this.finishChunk();
    };
    return this.#settled;
  }

  get refused(): () => void {
    this.#refused ??= () => {
      this.pending--;
      this.failed = true;
    };
    return this.#refused;
  }

  /** One more chunk is done. */
  finishChunk(): void {
    this.done++;
    const { operator } = this;
    if (operator === undefined) return;
    operator.credit -= 1;
    // The cell is Control.PULSE.
    if (operator.credit <= 0 || this.#control[0] !== 0) operator.completion(0);
  }

  /**
   * Waits for what a function of the user's has returned, without taking part in it: the stream handles its rejection all the
   * same. Gives what the stream is to wait for; undefined: there is nothing to wait for.
   *
   * Of an object the stream makes a promise, which waits when the object has a `then`. Made here, it is the stream's and ours, and
   * nothing asks the object twice.
   */
  await(result: unknown, settled: () => void, refused: () => void): Promise<unknown> | undefined {
    const isObject = (typeof result === 'object' && result !== null) || typeof result === 'function';
    if (!isObject) return undefined;
    try {
      const promise = result instanceof Promise ? result : resolve(result);
      then.call(promise, settled, refused);
      this.pending++;
      return promise;
    } catch {
      // A class that does not let others make a promise of it counts as done.
      return undefined;
    }
  }
}
