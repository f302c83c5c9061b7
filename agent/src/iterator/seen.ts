import type { YoungOne } from '../young/young.ts';
import type { Generator } from './generators.ts';
import type { LoopSite, RawSite } from './loop-site.ts';
import { pullStateOf } from './promise-state.ts';
import type { Pull, PullCount } from './pull.ts';

/** A generator whose pull was looked at, and by whom it was made. */
export class Seen implements YoungOne {
  readonly generator: Generator;
  readonly pull: Pull;
  readonly bornMs: number;
  /** The generator whose body made the pull, as far as is known. */
  by: Seen | undefined;
  raw: RawSite;
  site: LoopSite | undefined = undefined;
  /** Where its own body pulls. */
  body: LoopSite | undefined = undefined;
  /** Part of a pipeline, or taken by one: adopted as soon as its streams are. */
  readonly prompt: boolean;
  readonly #due: Seen[];

  constructor(generator: Generator, pull: Pull, by: Seen | undefined, raw: RawSite, prompt: boolean, due: Seen[]) {
    this.generator = generator;
    this.pull = pull;
    this.bornMs = pull.count.bornMs;
    this.by = by;
    this.raw = raw;
    this.prompt = prompt;
    this.#due = due;
  }

  alive(): boolean {
    return !this.pull.count.returned;
  }

  /**
   * Those that are due are adopted together: who takes from whom shows only when all are looked at. So a chain is not cut by
   * how many are adopted in one beat, unless it was born beyond the budget.
   */
  adopt(): boolean {
    const over = pullStateOf(this.pull.last) === 'over';
    if (!over) this.#due.push(this);
    return !over && this.pull.count.grown;
  }
}

/**
 * A generator beyond the budget, at whose pull nobody has looked: its next pull is looked at once it has grown. One that never
 * pulls again costs nothing more, and nothing tells whether it has ended or waits for ever.
 */
export class Unseen implements YoungOne {
  readonly bornMs: number;
  readonly #count: PullCount;

  constructor(count: PullCount) {
    this.bornMs = count.bornMs;
    this.#count = count;
  }

  alive(): boolean {
    return !this.#count.returned;
  }

  adopt(): boolean {
    this.#count.grown = true;
    this.#count.noted = false;
    this.#count.armed = 0;
    return false;
  }
}
