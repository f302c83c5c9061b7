import { Control, OperatorState } from '../board/layout.ts';
import { callSitesAbove, fileOf, isUserFile } from '../operator/call-site.ts';
import { ConsumingFunction } from '../operator/consuming-function.ts';
import type { Graph } from '../operator/graph.ts';
import { Operator, type OperatorIdentity } from '../operator/operator.ts';
import type { OperatorInspection } from '../tracker.ts';
import type { Method } from './internals.ts';
import type { Lines, LineWatcher } from './line-feed.ts';
import { WritableOperator } from './writable-operator.ts';

/**
 * A readline interface: takes bytes, gives lines.
 *
 * With a listener a line is done when the listener returns. With `for await` it is done when the next one is asked for.
 */
export class LineOperator extends Operator implements LineWatcher {
  readonly #lines: Lines;
  /** Lines given until now. */
  #given = 0;
  /** Lines given before the iteration began; undefined without iteration. */
  #skipped: number | undefined = undefined;
  #pulls = 0;
  #returned = false;
  #consumer: ConsumingFunction | undefined = undefined;

  constructor(identity: OperatorIdentity, graph: Graph, lines: Lines) {
    super(identity, graph);
    this.#lines = lines;
  }

  beforeLine(): number {
    const { control } = this.graph.board;
    const previous = control[Control.RUNNING_OPERATOR] as number;
    if (this.#skipped === undefined && !this.graph.stopped) control[Control.RUNNING_OPERATOR] = this.id;
    return previous;
  }

  afterLine(previous: number): void {
    const { control } = this.graph.board;
    if (this.#skipped === undefined) control[Control.RUNNING_OPERATOR] = previous;
    this.#given++;
    if (this.#skipped === undefined) this.#complete(this.#given);
  }

  iterated(hook: Method): void {
    this.#skipped ??= this.#given;
    const caller = callSitesAbove(hook)[0];
    const file = caller === undefined ? undefined : fileOf(caller);
    if (caller === undefined || !isUserFile(file) || this.released) return;
    this.#consumer = new ConsumingFunction(file, caller.getFunctionName());
    this.graph.setConsumer(this, true);
  }

  pulled(): void {
    this.#pulls++;
    this.#complete((this.#skipped ?? 0) + this.#pulls - 1);
  }

  returned(): void {
    this.#returned = true;
  }

  override isConsumedBy(caller: NodeJS.CallSite): boolean {
    const found = this.#consumer?.contains(caller) === true;
    if (this.#consumer?.tired === true) this.graph.setConsumer(this, false);
    return found;
  }

  override queued(): number {
    return Math.max(0, this.#given - this.completed);
  }

  override buffered(): number {
    return 0;
  }

  override held(): number {
    return 0;
  }

  override get splits(): boolean {
    return true;
  }

  override state(): OperatorState {
    if (this.queued() === 0) return OperatorState.IDLE;
    const blocked = this.outputs.some(({ target }) => target instanceof WritableOperator && target.full);
    return blocked ? OperatorState.BACKPRESSURED : OperatorState.BUSY;
  }

  override get full(): boolean {
    return this.queued() > 0;
  }

  override unread(): boolean {
    return false;
  }

  override progress(): 'open' | 'finished' | 'released' | 'cut' {
    if (this.#returned) return 'released';
    return this.#lines.closed === true && this.queued() === 0 ? 'released' : 'open';
  }

  override finishing(): boolean {
    return this.#lines.closed === true;
  }

  override inspect(): OperatorInspection {
    const functions = this.#lines.listeners('line').filter((listener) => typeof listener === 'function') as Method[];
    return { name: this.name, functions, callbackOutstanding: this.state() === OperatorState.BUSY, awaits: true };
  }

  override detach(): void {}

  #complete(completed: number): void {
    if (this.released || this.graph.stopped) return;
    if (this.complete(Math.max(this.completed, Math.min(completed, this.#given)))) this.completion(0);
  }
}
