import type { Allowance, AllowanceBounds } from '../allowance.ts';
import type { Graph } from '../operator/graph.ts';

/**
 * How much may be adopted the moment it is born. A worker that sets up what it will run for hours stays below it and is
 * followed from the first record on; one that makes thousands of streams a second, each for a request, soon has none left.
 */
export const ADOPTED_AT_ONCE: AllowanceBounds = {
  /** A worker that sets up its own pipelines makes fewer. */
  atOnce: 256,
  /** One costs some 50 µs in all threads, so that 20 of them in a second take a thousandth of a processor. */
  everyMs: 50,
};
/** What is younger is mostly part of one request, and gone by then, milliseconds. */
export const GROWN_AFTER_MS = 50;
/** Hardly part of a request any more, milliseconds. */
const OLD_AFTER_MS = 1000;
/** How many wait at once; further ones are left alone and counted. */
const MAX_YOUNG = 10_000;
/**
 * How many are adopted in one beat beyond the budget: where requests take longer than a beat, or wait for a busy processor, most of
 * what has grown is gone soon as well.
 */
const ADOPTED_IN_A_BEAT = 2;
/** The same for old ones, at most; those come first. */
const OLD_ADOPTED_IN_A_BEAT = 32;
/** So many may wait before it is looked which of them have ended. */
const LOOKED_THROUGH_FROM = 64;
/** When no beat has come for this long, the event loop may never come round to its timers, milliseconds. */
const BEAT_MISSED_AFTER_MS = 200;

/** Something that will be part of the graph if it lives long enough. One small object: there are thousands a second. */
export interface YoungOne {
  readonly bornMs: number;
  /** False: it has ended, and is forgotten. Asked at every beat. */
  alive(): boolean;
  /** Makes it part of the graph, on an empty stack. False: it does not count for how many are adopted in one beat. */
  adopt(): boolean;
  /** True when it is connected to one of these. Absent: it stands alone. */
  touches?(streams: ReadonlySet<object>): boolean;
  /** Adds what it connects. */
  addTo?(streams: Set<object>): void;
}

/**
 * Whatever is not adopted the moment it is born: beyond a budget, what lives for one request costs an entry in a list.
 *
 * One list for all kinds of streams, oldest first. What has ended leaves it at the next beat, so that it keeps no stream longer
 * than that. What has lived long enough is adopted late, with nothing counted of what flowed before.
 */
export class Young {
  /** Run after some were adopted, on an empty stack. */
  readonly grown: (() => void)[] = [];
  readonly #graph: Graph;
  readonly #budget: Pick<Allowance, 'take'>;
  #waiting: YoungOne[] = [];
  #lookAt: number = LOOKED_THROUGH_FROM;
  #grewAtMs: number | undefined = undefined;

  constructor(graph: Graph, budget: Pick<Allowance, 'take'>) {
    this.#graph = graph;
    this.#budget = budget;
  }

  get size(): number {
    return this.#waiting.length;
  }

  /** True: what is born now is to be adopted at once. */
  takesAtOnce(): boolean {
    return this.#budget.take(this.#graph.nowMs());
  }

  add(one: YoungOne): void {
    this.hurry();
    if (this.#waiting.length >= this.#lookAt) this.#forgetEnded();
    if (this.#waiting.length < MAX_YOUNG) this.#waiting.push(one);
    else this.#graph.countDropped();
  }

  /**
   * Between two beats, too: what V8 finds alive when it looks for garbage, it copies, and a stream that has ended drags its whole
   * request along. Looked at again when twice as many wait as are alive, so that each costs two looks however many there are.
   */
  #forgetEnded(): void {
    this.#waiting = this.#waiting.filter((one) => {
      try {
        return one.alive();
      } catch (error) {
        this.#graph.onError(error);
        return false;
      }
    });
    this.#lookAt = Math.max(LOOKED_THROUGH_FROM, 2 * this.#waiting.length);
  }

  /** Lets them grow soon where beats do not come: a pipeline that is always busy starves timers. */
  hurry(): void {
    const nowMs = this.#graph.nowMs();
    this.#grewAtMs ??= nowMs;
    if (nowMs - this.#grewAtMs < BEAT_MISSED_AFTER_MS) return;
    this.#grewAtMs = nowMs;
    this.#graph.emptyStack.run(this, () => this.grow(nowMs));
  }

  /**
   * Adopts whatever is connected to what was adopted; gives the others. Were one input of a stream known and another one not yet,
   * a marker would pass it before records of the other one.
   */
  #adoptWith(streams: Set<object>, waiting: YoungOne[]): YoungOne[] {
    let rest = waiting;
    for (let before = -1; before !== rest.length; ) {
      before = rest.length;
      rest = rest.filter((one) => {
        if (one.touches?.(streams) !== true) return true;
        try {
          one.addTo?.(streams);
          one.adopt();
        } catch (error) {
          this.#graph.onError(error);
        }
        return false;
      });
    }
    return rest;
  }

  /** Forgets what has ended, and adopts what has lived long enough. Only on an empty stack. */
  grow(nowMs: number): void {
    this.#grewAtMs = nowMs;
    const waiting = this.#waiting;
    if (waiting.length === 0) return;
    // What is born while they are adopted comes into the new list.
    let rest: YoungOne[] = [];
    const together = new Set<object>();
    let adopted = 0;
    this.#waiting = [];
    for (const one of waiting) {
      const ageMs = nowMs - one.bornMs;
      const most = ageMs >= OLD_AFTER_MS ? OLD_ADOPTED_IN_A_BEAT : ADOPTED_IN_A_BEAT;
      try {
        if (!one.alive()) continue;
        if (ageMs < GROWN_AFTER_MS || (adopted >= most && !this.#budget.take(nowMs))) rest.push(one);
        else {
          one.addTo?.(together);
          if (one.adopt()) adopted += 1;
        }
      } catch (error) {
        this.#graph.onError(error);
      }
    }
    if (together.size > 0) rest = this.#adoptWith(together, rest);
    this.#waiting = rest.concat(this.#waiting);
    for (const task of this.grown) task();
  }
}
