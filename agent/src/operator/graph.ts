import type { Board } from '../board/board.ts';
import { Clock, Control, EdgeCell, MAX_EDGES, MAX_OPERATORS, OperatorCell, OperatorState } from '../board/layout.ts';
import { FirstCalls } from '../stream/breadcrumb.ts';
import type { ToThread } from '../thread/messages.ts';
import { Edge, type EdgeKind, type Relay } from './edge.ts';
import { EmptyStack } from './empty-stack.ts';
import { type Ids, openIds } from './ids.ts';
import { inheritJob } from './jobs.ts';
import { mayBeOnItsWay } from './on-its-way.ts';
import type { Operator, OperatorIdentity } from './operator.ts';
import { OperatorTeller } from './operator-teller.ts';
import { Ports } from './ports.ts';
import { PublishPace } from './publish-pace.ts';
import { reaches } from './reaches.ts';
import { type Entry, Roster } from './roster.ts';
import { showRunning } from './show-running.ts';
import { Slots } from './slots.ts';
import { UniqueNames } from './unique-names.ts';

export interface GraphOptions {
  readonly board: Board;
  /** Default: no other thread has any. */
  readonly ids?: Ids;
  readonly post: (message: ToThread) => void;
  readonly onError: (error: unknown) => void;
  /** Whether messages may get a header where their broker has no positions. Default: yes. */
  readonly brokerHeaders?: boolean;
  /** Told about every epoch that an operator passes. */
  readonly onPass?: (operator: Operator, epoch: number) => void;
}

/** The operators and edges of this process, and the epochs that run through them. */
export class Graph {
  readonly board: Board;
  readonly options: GraphOptions;
  /** Operators whose records are taken one at a time by a function that is not known yet. */
  readonly consumers: Operator[] = [];
  readonly emptyStack: EmptyStack;
  readonly firstCalls: FirstCalls = new FirstCalls();
  readonly ports: Ports;
  readonly brokerHeaders: boolean;
  epoch: number;
  /** Operators that run without a breadcrumb, because they complete too much or are too young. */
  hotOperators = 0;
  stopped = false;
  /** Called when the agent thread has asked the tracker to stop. */
  onStop: (() => void) | undefined = undefined;
  readonly #pace = new PublishPace();
  readonly #operatorSlots = new Slots(MAX_OPERATORS);
  readonly #edgeSlots = new Slots(MAX_EDGES);
  readonly #names = new UniqueNames();
  readonly #roster = new Roster();
  readonly #teller: OperatorTeller;
  readonly #ids: Ids;

  constructor(options: GraphOptions) {
    this.options = options;
    this.board = options.board;
    this.brokerHeaders = options.brokerHeaders ?? true;
    this.#ids = options.ids ?? openIds();
    this.epoch = options.board.control[Control.EPOCH] as number;
    this.#seePulse();
    this.emptyStack = new EmptyStack(options.onError);
    this.ports = new Ports(options.board, this.#ids, options.post, () => this.countDropped());
    this.#teller = new OperatorTeller(options.post);
  }

  /** Every operator that is there now. */
  get operators(): Operator[] {
    return this.#roster.all();
  }

  /** Coarse monotonic clock: the last pulse. */
  nowMs(): number {
    return this.board.clock[Clock.NOW_MS] as number;
  }

  onError(error: unknown): void {
    this.options.onError(error);
  }

  passed(operator: Operator, epoch: number): void {
    this.options.onPass?.(operator, epoch);
  }

  find(operatorId: number): Operator | undefined {
    return this.#roster.find(operatorId);
  }

  /** Says whether somebody who takes the records of an operator is still to be found. */
  setConsumer(operator: Operator, wanted: boolean): void {
    remove(this.consumers, operator);
    if (wanted) this.consumers.push(operator);
    this.board.control[Control.CONSUMERS] = this.consumers.length;
  }

  /** Counts what was left alone for want of room. */
  countDropped(): void {
    const { control } = this.board;
    control[Control.OPERATORS_DROPPED] = (control[Control.OPERATORS_DROPPED] as number) + 1;
  }

  pulseIsNew(): boolean {
    return this.board.control[Control.PULSE] !== 0;
  }

  /** Gives undefined when the board is full. */
  add<T extends Operator>(
    identity: Omit<OperatorIdentity, 'id' | 'slot'>,
    create: (identity: OperatorIdentity) => T,
  ): T | undefined {
    const slot = this.#operatorSlots.take();
    if (slot === undefined) {
      this.countDropped();
      return undefined;
    }
    const name = this.#names.take(identity.name);
    const operator = create({ ...identity, name, id: this.#ids.next('operator'), slot });
    const cells = this.board.operators;
    const base = slot * OperatorCell.STRIDE;
    cells.fill(0, base, base + OperatorCell.STRIDE);
    cells[base + OperatorCell.PASSED_EPOCH] = operator.low;
    cells[base + OperatorCell.PASSED_AT_MS] = this.nowMs();
    cells[base + OperatorCell.PENDING] = -1;
    operator.publish(true, 0);
    cells[base + OperatorCell.ID] = operator.id;
    this.#roster.add(operator);
    const { id, kind, unit, location, leg, job } = operator;
    this.options.post({ type: 'operator', id, slot, name, kind, unit, location, leg, ...(job !== '' && { job }) });
    return operator;
  }

  /** Gives the edge that is already there when the two are connected. */
  connect(
    source: Operator,
    target: Operator,
    kind: EdgeKind,
    capacity: number,
    relays: readonly Relay[],
    connected: () => boolean,
  ): Edge | undefined {
    if (source === target || source.released || target.released) return undefined;
    const known = source.outputs.find((edge) => edge.target === target && !edge.closed && !edge.ending);
    if (known !== undefined) return known;
    const slot = this.#edgeSlots.take();
    if (slot === undefined) {
      this.countDropped();
      return undefined;
    }
    const back = reaches(target, source);
    // An operator of which nothing was known claims nothing of what its source has passed: that may still be on its way to it.
    const claims = !source.fresh || source.inputs.length === 0;
    if (target.fresh && !back && kind !== 'through') target.claimLess(claims ? source.low - 1 : source.low);
    const edge = new Edge({ id: this.#ids.next('edge'), slot, source, target, kind, back, relays, connected });
    this.#roster.addEdge(edge);
    source.outputs.push(edge);
    target.inputs.push(edge);
    if (edge.carries) target.openInputs++;
    // Also those that no marker crosses bring records, which the target completes in between.
    if (target.inputs.length > 1) for (const input of target.inputs) input.share();
    const cells = this.board.edges;
    cells.fill(0, slot * EdgeCell.STRIDE, (slot + 1) * EdgeCell.STRIDE);
    edge.publish(this.board.edges);
    cells[slot * EdgeCell.STRIDE + EdgeCell.ID] = edge.id;
    this.options.post({
      type: 'edge',
      id: edge.id,
      slot,
      sourceId: source.id,
      targetId: target.id,
      capacity,
      back,
      carries: edge.carries,
    });
    inheritJob(source, target, this.options.post);
    // What the source passed before the edge was known still has records in it.
    if (source.low > edge.epoch && claims) edge.dispatch(source.low);
    return edge;
  }

  /** An operator is about to get records from one more input, in the middle of somebody's work. */
  expectInput(target: Operator): void {
    for (const input of target.inputs) {
      const newest = input.takeBack();
      if (newest > 0) this.#defer(input, newest);
    }
  }

  /** Sends an epoch along the outputs of an operator that has passed it. */
  forward(operator: Operator, epoch: number): void {
    const { here } = this.emptyStack;
    for (const edge of operator.outputs) {
      if (!here && mayBeOnItsWay(edge)) this.#defer(edge, epoch);
      else edge.dispatch(epoch);
    }
  }

  /** Looks at the edges of an operator whose markers wait until their records are handed over. */
  settleSoon(operator: Operator): void {
    this.emptyStack.run(operator, () => {
      for (const edge of operator.inputs) edge.settle();
    });
  }

  /** What the first operator does that notices a new pulse in the middle of its work. */
  notice(operator: Operator): void {
    const { control, clock } = this.board;
    if (!this.pulseIsNew()) return;
    this.#seePulse();
    if (this.stopped) return;
    if (control[Control.STOP] === 1) {
      this.onStop?.();
      return;
    }
    const nowMs = this.nowMs();
    // A completion is a sign of life: a saturated pipeline starves timers, and is healthy.
    clock[Clock.BEAT_MS] = nowMs;
    this.#beginEpoch();
    if (!this.#pace.isDue(nowMs)) return;
    this.#publish(nowMs, this.#pace.isSaturated(), this.hotOperators > 0 ? operator.id : 0);
  }

  /** The same from a timer, where nothing else runs. */
  beat(nowMs: number): void {
    const { control } = this.board;
    if (control[Control.STOP] === 1) {
      this.onStop?.();
      return;
    }
    control[Control.RUNNING_OPERATOR] = 0;
    this.#seePulse();
    this.firstCalls.end();
    this.emptyStack.enter(() => {
      this.#beginEpoch();
      for (const operator of this.operators) for (const edge of operator.inputs) if (edge.waits) edge.settle();
      // Not asked for the answer: the next one is to be about the time from now on.
      this.#pace.isSaturated();
      this.#publish(nowMs, true, 0);
    });
  }

  /** Takes an operator off the board. */
  release(operator: Operator, cut: boolean): void {
    if (operator.released) return;
    operator.released = true;
    operator.publish(true, 0);
    operator.detach();
    operator.finish();
    for (const edge of operator.outputs) {
      if (cut) edge.cut();
      if (edge.closed) edge.target.forget(edge);
      this.#releaseEdge(edge);
    }
    for (const edge of operator.inputs) {
      edge.source.countOutput();
      edge.closed = true;
      this.#releaseEdge(edge);
      remove(edge.source.outputs, edge);
    }
    operator.inputs.length = 0;
    this.#roster.remove(operator);
    this.setConsumer(operator, false);
    this.ports.closeAllOf(operator);
    this.#teller.forget(operator);
    this.#end(operator, operator.done, operator.emitted());
  }

  /** The last numbers of an operator are told, and its place is free. */
  #end({ id, slot, name }: Pick<Operator, 'id' | 'slot' | 'name'>, completed: number, emitted: number): void {
    const cells = this.board.operators;
    const base = slot * OperatorCell.STRIDE;
    cells[base + OperatorCell.STATE] = OperatorState.ENDED;
    cells[base + OperatorCell.ID] = 0;
    this.#operatorSlots.give(slot);
    this.#names.give(name);
    this.options.post({ type: 'operator-ended', id, completed, emitted });
  }

  /** What was collected has no last numbers but those on the board. */
  #forget({ id, slot, name, edges }: Entry): void {
    for (const [edgeId, edgeSlot] of edges) this.#freeEdge(edgeId, edgeSlot);
    const { operators } = this.board;
    const base = slot * OperatorCell.STRIDE;
    const [completed = 0, emitted = -1] = [OperatorCell.COMPLETED, OperatorCell.EMITTED].map(
      (cell) => operators[base + cell],
    );
    this.#end({ id, slot, name }, completed, emitted);
  }

  stop(): void {
    if (this.stopped) return;
    this.stopped = true;
    for (const operator of this.operators) operator.detach();
    this.#roster.clear();
    this.consumers.length = 0;
    this.board.control[Control.CONSUMERS] = 0;
    this.board.control[Control.RUNNING_OPERATOR] = 0;
  }

  /** Seen once for all operators, so that only the first one to notice a new pulse goes slow. */
  #seePulse(): void {
    // Before the epoch is read: a pulse that comes in between is noticed at the next completion.
    this.board.control[Control.PULSE] = 0;
  }

  #beginEpoch(): void {
    const epoch = this.board.control[Control.EPOCH] as number;
    if (epoch === this.epoch) return;
    this.epoch = epoch;
    // A source that has ended begins nothing: what follows it may be in its last flush.
    this.#sweep();
    for (const operator of this.operators) {
      if (operator.openInputs === 0 && !operator.finishing()) operator.begin(epoch);
    }
  }

  /** Lets go of what has ended. */
  #sweep(): void {
    for (const entry of this.#roster.takeCollected()) this.#forget(entry);
    for (const operator of this.operators.reverse()) {
      const progress = operator.progress();
      if (progress === 'cut' || progress === 'released') this.release(operator, progress === 'cut');
      else if (progress === 'finished' && operator.low !== Number.POSITIVE_INFINITY) operator.finish();
    }
  }

  /** `active` is the operator that is known to run although no breadcrumb shows it, 0 when none. */
  #publish(nowMs: number, withStates: boolean, active: number): void {
    const started = process.hrtime();
    const running = this.board.control[Control.RUNNING_OPERATOR] as number;
    this.#sweep();
    const { operators } = this;
    for (const operator of operators) {
      operator.adapt(nowMs);
      operator.publish(withStates, active || running);
      this.#publishOutputs(operator);
      this.#teller.tell(operator, nowMs);
    }
    this.hotOperators = showRunning(operators);
    if (withStates) this.#roster.hold(nowMs);
    const [seconds, nanoseconds] = process.hrtime(started);
    this.#pace.done(nowMs, seconds * 1e3 + nanoseconds / 1e6);
  }

  #publishOutputs(operator: Operator): void {
    for (let index = operator.outputs.length - 1; index >= 0; index--) {
      const edge = operator.outputs[index] as Edge;
      const connected = edge.connected();
      if (!connected && !edge.ending) edge.cut();
      if (connected || !edge.closed) {
        edge.publish(this.board.edges);
        continue;
      }
      operator.outputs.splice(index, 1);
      edge.target.forget(edge);
      this.#releaseEdge(edge);
    }
  }

  #releaseEdge(edge: Edge): void {
    this.#roster.removeEdge(edge);
    this.#freeEdge(edge.id, edge.slot);
  }

  #freeEdge(id: number, slot: number): void {
    const cell = slot * EdgeCell.STRIDE + EdgeCell.ID;
    if (this.board.edges[cell] !== id) return;
    this.board.edges[cell] = 0;
    this.#edgeSlots.give(slot);
    this.options.post({ type: 'edge-ended', id });
  }

  #defer(edge: Edge, epoch: number): void {
    edge.deferred = Math.max(edge.deferred, epoch);
    this.emptyStack.run(edge, () => {
      const due = edge.deferred;
      edge.deferred = 0;
      edge.dispatch(due);
    });
  }
}

function remove<T>(list: T[], item: T): void {
  const index = list.indexOf(item);
  if (index >= 0) list.splice(index, 1);
}
