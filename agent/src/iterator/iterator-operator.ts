import { OperatorState } from '../board/layout.ts';
import { type Condition, UNCONDITIONED } from '../operator/condition.ts';
import type { ConsumingFunction } from '../operator/consuming-function.ts';
import type { Graph } from '../operator/graph.ts';
import { Operator, type OperatorIdentity } from '../operator/operator.ts';
import { bufferedFor, chunkCount } from '../stream/buffered.ts';
import type { Method, ReadableInternals } from '../stream/internals.ts';
import { isPausedByProgram, PAUSED } from '../stream/user-pause.ts';
import { WritableOperator } from '../stream/writable-operator.ts';
import type { OperatorInspection } from '../tracker.ts';
import { Feed } from './feed.ts';
import { NEVER, type Pull } from './pull.ts';

/** How long the streams are looked for that an operator writes into by hand, in milliseconds. */
const LOOK_FOR_OUTPUTS_MS = 10_000;
/** How many operators look for them at once: every write pays for each of them. */
const MAX_LOOKING = 8;

/** What an operator is made of. */
export interface IteratorParts {
  /** The iterator whose body it runs; undefined: the function around a loop, which gives nothing. */
  readonly own: Pull | undefined;
  readonly fn: Method | undefined;
  /** What that function gave. */
  readonly generator?: object;
  readonly body: ConsumingFunction | undefined;
  /** It takes by calls, and not in a loop of the language. */
  readonly byHand?: boolean;
}

/**
 * The body of an async generator, or of a function around a `for await`.
 *
 * A loop asks for the next record when it is done with the one before: pull N+1 of an input completes record N. Between two
 * generators nothing is buffered, and while a body runs, whoever takes its output waits for it: so everything that it has put
 * out before is done with.
 */
export class IteratorOperator extends Operator {
  override condition: Readonly<Condition> = UNCONDITIONED;
  readonly #own: Feed | undefined;
  readonly #fn: WeakRef<Method> | undefined;
  readonly #generator: WeakRef<object> | undefined;
  readonly #byHand: boolean;
  readonly #body: ConsumingFunction | undefined;
  readonly #feeds: Feed[] = [];
  /** A stream made from the iterator: what it holds counts as put out by the operator. */
  #stream: WeakRef<ReadableInternals> | undefined = undefined;
  /** Numbers of records given out, when several inputs are open. */
  #begun = 0;
  /** Every record with a lower number is done with; only used when not exactly one input is open. */
  #low = 0;
  /** Records of inputs that are over. */
  #finished = 0;
  #hadFeeds = false;
  #lookUntilMs = 0;

  constructor(identity: OperatorIdentity, graph: Graph, { own, fn, generator, body, byHand }: IteratorParts) {
    super(identity, graph);
    this.#own = own === undefined ? undefined : new Feed(own, 0, false);
    this.#fn = fn === undefined ? undefined : new WeakRef(fn);
    this.#generator = generator === undefined ? undefined : new WeakRef(generator);
    this.#body = body;
    this.#byHand = byHand === true;
    if (body !== undefined && graph.consumers.length < MAX_LOOKING) {
      this.#lookUntilMs = graph.nowMs() + LOOK_FOR_OUTPUTS_MS;
      graph.setConsumer(this, true);
    }
  }

  /** Takes records from one more iterator. */
  feed(pull: Pull, fromStream: boolean): Feed {
    this.#settleFeeds();
    if (this.#feeds.length === 1) this.#leaveSingle(this.#feeds[0] as Feed);
    // The record that it holds by now is counted from here on.
    const feed = new Feed(pull, this.#begun++, fromStream);
    this.#feeds.push(feed);
    this.#hadFeeds = true;
    pull.count.consumer = this;
    this.#low = this.#lowest();
    this.rearm();
    return feed;
  }

  /** The stream that gives on what the iterator gives. */
  giveInto(stream: ReadableInternals): void {
    this.#stream = new WeakRef(stream);
  }

  /** An input has been asked for its next record, or is over. */
  pulled(feedCount: Feed['count']): void {
    if (this.released || this.graph.stopped) return;
    if (this.#feeds.length > 1) {
      const feed = this.#feeds.find(({ count }) => count === feedCount);
      if (feed !== undefined) {
        feed.number = this.#begun++;
        this.#low = this.#lowest();
      }
    }
    if (feedCount.returned) this.#settleFeeds();
    this.completion(0);
  }

  override get completed(): number {
    const [feed] = this.#feeds;
    return feed !== undefined && this.#feeds.length === 1 ? feed.offset + feed.count.pulls - 1 : this.#low;
  }

  override rearm(): void {
    super.rearm();
    const ahead = this.#feeds.length > 1 ? 0 : this.credit;
    for (const { count } of this.#feeds) count.armed = Math.min(count.pulls + ahead, NEVER);
  }

  override queued(): number {
    let last = -1;
    for (const feed of this.#feeds) if (feed.mayHold) last = Math.max(last, this.#numberOf(feed));
    return last < 0 ? 0 : Math.max(0, last + 1 - this.completed);
  }

  override get inFlight(): number {
    let held = 0;
    for (const feed of this.#feeds) if (feed.holds) held++;
    return held;
  }

  override get done(): number {
    if (this.kind === 'source') return this.emitted();
    return this.#feeds.reduce((sum, { count }) => sum + Math.max(0, count.pulls - 1), this.#finished);
  }

  override buffered(target: Operator): number {
    if (this.#own === undefined) return 0;
    const state = this.#stream?.deref()?._readableState;
    if (state === undefined && target instanceof IteratorOperator) return 0;
    const held =
      state === undefined
        ? 0
        : target instanceof WritableOperator
          ? bufferedFor(state, target.stream._writableState)
          : chunkCount(state);
    // Given and perhaps not yet written: late by one record at most, until it is asked for the next.
    return held + (this.#own.state() === 'value' ? 1 : 0);
  }

  override held(): number {
    return this.#stream?.deref()?._readableState.length ?? 0;
  }

  override emitted(): number {
    if (this.#own === undefined) return -1;
    const { pulls } = this.#own.count;
    return Math.max(0, this.#own.state() === 'value' ? pulls : pulls - 1);
  }

  override state(): OperatorState {
    if (this.released) return OperatorState.ENDED;
    this.condition = UNCONDITIONED;
    return this.#own?.gone === true ? OperatorState.IDLE : this.#stateNow();
  }

  override get full(): boolean {
    return this.inFlight > 0;
  }

  override unread(): boolean {
    return false;
  }

  override progress(): 'open' | 'finished' | 'released' | 'cut' {
    this.#settleFeeds();
    if (this.#own === undefined) return this.#feeds.length === 0 ? 'released' : 'open';
    if (this.#own.state() === 'over') return 'released';
    // Collected: it has come to its end between two looks, or waits for something that is gone as well. Nothing tells the two
    // apart, and to blame one that has ended would be worse than to miss one that is lost.
    return this.#own.gone ? 'released' : 'open';
  }

  override mayBeDone(): boolean {
    return this.#byHand;
  }

  override finishing(): boolean {
    return this.#hadFeeds && this.#feeds.length === 0 && this.#own?.state() === 'pending';
  }

  override inspect(): OperatorInspection {
    const fn = this.#fn?.deref();
    return {
      name: this.name,
      functions: fn === undefined ? [] : [fn],
      callbackOutstanding: this.state() === OperatorState.BUSY,
      awaits: true,
      generator: this.#generator?.deref(),
    };
  }

  override isConsumedBy(caller: NodeJS.CallSite): boolean {
    const found = this.#body?.contains(caller) === true;
    if (this.#body?.tired === true) this.graph.setConsumer(this, false);
    return found;
  }

  override adapt(nowMs: number): void {
    if (this.#lookUntilMs === 0 || nowMs < this.#lookUntilMs) return;
    this.#lookUntilMs = 0;
    this.graph.setConsumer(this, false);
  }

  override detach(): void {
    for (const { count } of this.#feeds) forget(count);
    if (this.#own !== undefined) this.#own.count.producer = undefined;
  }

  #stateNow(): OperatorState {
    const own = this.#own?.state();
    if (own === 'value') {
      const stream = this.#stream?.deref();
      if (stream === undefined || !isPausedByProgram(stream) || this.outputs.some(({ target }) => target.full)) {
        return OperatorState.BACKPRESSURED;
      }
      this.condition = PAUSED;
      return OperatorState.PAUSED;
    }
    if (own === 'over') return OperatorState.ENDED;
    if (!this.#hadFeeds) return OperatorState.IDLE;
    const holds = this.#feeds.length === 0 ? this.finishing() : this.#feeds.some((feed) => feed.holds);
    if (!holds) return OperatorState.IDLE;
    const blocked = this.outputs.some(({ target }) => target instanceof WritableOperator && target.full);
    return blocked ? OperatorState.BACKPRESSURED : OperatorState.BUSY;
  }

  #numberOf(feed: Feed): number {
    return this.#feeds.length === 1 ? feed.offset + feed.count.pulls - 1 : feed.number;
  }

  /** Lets go of inputs that are over. A pull that has brought the end has brought no record. */
  #settleFeeds(): void {
    const feeds = this.#feeds;
    for (let index = feeds.length - 1; index >= 0; index--) {
      const feed = feeds[index] as Feed;
      if (feed.state() !== 'over' && !feed.gone) continue;
      if (feeds.length === 1) this.#leaveSingle(feed);
      const { count } = feed;
      this.#finished += Math.max(0, count.returned ? count.pulls : count.pulls - 1);
      forget(count);
      feeds.splice(index, 1);
      this.#low = count.returned || feeds.length > 0 ? this.#lowest() : feed.number;
      if (feeds.length === 0 && !count.returned) this.#begun = feed.number;
      const [left] = feeds;
      if (left !== undefined && feeds.length === 1) left.offset = left.number - (left.count.pulls - 1);
      this.rearm();
    }
  }

  #leaveSingle(feed: Feed): void {
    feed.number = feed.offset + feed.count.pulls - 1;
    this.#begun = feed.number + 1;
    this.#low = feed.number;
  }

  #lowest(): number {
    return this.#feeds.reduce((low, feed) => Math.min(low, feed.number), this.#begun);
  }
}

function forget(count: Feed['count']): void {
  count.consumer = undefined;
  count.armed = NEVER;
}
