import type { PromiseFate } from './given-promise.ts';

/** A call that has returned and is not over, between its neighbours in the order in which they began. */
export interface PendingCall {
  readonly number: number;
  /** Monotonic milliseconds at which it began, as exact as the board's clock. */
  readonly sinceMs: number;
  /** What a person knows its record by; empty: nothing. */
  readonly key: string;
  /** Whoever will end it; undefined: nobody in particular. */
  readonly owner: object | undefined;
  /** The promise that will end it: itself as long as the call is young, then weakly, to see whether anybody else keeps it. */
  promise: object | undefined;
  /** It has ended. */
  over: boolean;
  previous: PendingCall | undefined;
  next: PendingCall | undefined;
}

/** A call that is pending for longer than this is looked after; most calls never are. */
const OLD_MS = 1000;
/** How many of the oldest calls are looked after. */
const MAX_OLD = 64;

/**
 * Low watermark of calls that end in any order: the number of calls before which every call has ended.
 *
 * Calls are numbered as they begin. Those that end when they return only count. Those that go on hang together in the order in
 * which they began, so that the memory is that of the pending calls only, however many begin and end behind one that never does.
 */
export class Flight {
  /** Calls begun. */
  begun = 0;
  /** Calls ended. */
  ended = 0;
  /** Calls on the stack, one inside the other, and the number of the outermost of them. */
  #depth = 0;
  #outermost = 0;
  #first: PendingCall | undefined = undefined;
  #last: PendingCall | undefined = undefined;

  /** Every call with a lower number has ended. */
  get low(): number {
    const pending = this.#first?.number ?? this.begun;
    return this.#depth === 0 ? pending : Math.min(pending, this.#outermost);
  }

  /** The pending call that began first. */
  get oldest(): PendingCall | undefined {
    return this.#first;
  }

  /** The pending calls that began first, at most so many. */
  oldestOf(limit: number): readonly PendingCall[] {
    const calls: PendingCall[] = [];
    for (let call = this.#first; call !== undefined && calls.length < limit; call = call.next) calls.push(call);
    return calls;
  }

  /** Begins a call and gives its number. It must leave the stack by `returned` or `goesOn`. */
  enter(): number {
    const number = this.begun++;
    if (this.#depth++ === 0) this.#outermost = number;
    return number;
  }

  /** The innermost call on the stack has returned, and is over. */
  returned(): void {
    this.#depth--;
    this.ended++;
  }

  /** The innermost call on the stack has returned, and is over when `exit` is called with what this gives. */
  goesOn(
    number: number,
    sinceMs: number,
    key = '',
    owner: object | undefined = undefined,
    promise: object | undefined = undefined,
  ): PendingCall {
    this.#depth--;
    // A call that it made itself and that goes on as well has returned before it.
    let previous = this.#last;
    while (previous !== undefined && previous.number > number) previous = previous.previous;
    const next = previous === undefined ? this.#first : previous.next;
    const call: PendingCall = { number, sinceMs, key, owner, promise, over: false, previous, next };
    this.#join(call.previous, call);
    this.#join(call, call.next);
    return call;
  }

  /** Lets go of the promises of the oldest calls. To be called now and then. */
  loosen(nowMs: number): void {
    let left = MAX_OLD;
    for (let call = this.#first; call !== undefined && left-- > 0; call = call.next) {
      if (nowMs - call.sinceMs < OLD_MS) return;
      if (call.promise !== undefined && !(call.promise instanceof WeakRef)) call.promise = new WeakRef(call.promise);
    }
  }

  /** What became of the promise of the oldest call. Only to be asked from a turn of the event loop: one that settles ends its call. */
  get fate(): PromiseFate {
    const promise = this.#first?.promise;
    if (promise === undefined) return 'unknown';
    return promise instanceof WeakRef && promise.deref() === undefined ? 'abandoned' : 'pending';
  }

  /** Ends every pending call of one owner. */
  exitAllOf(owner: object): void {
    for (let call = this.#first; call !== undefined; call = call.next) if (call.owner === owner) this.exit(call);
  }

  /** Ends a pending call; the second time it does nothing. */
  exit(call: PendingCall): void {
    if (call.over) return;
    call.over = true;
    this.ended++;
    this.#join(call.previous, call.next);
  }

  #join(previous: PendingCall | undefined, next: PendingCall | undefined): void {
    if (previous === undefined) this.#first = next;
    else previous.next = next;
    if (next === undefined) this.#last = previous;
    else next.previous = previous;
  }
}
