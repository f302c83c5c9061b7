import type { Graph } from '../operator/graph.ts';

/** What is younger is mostly part of one request, and gone by then, milliseconds. */
export const GROWN_AFTER_MS = 50;
/** How many wait at once; further ones are left alone and counted. */
const MAX_YOUNG = 10_000;

interface YoungOne {
  readonly bornMs: number;
  readonly adopt: () => void;
}

/** What will become an operator if it lives long enough: what lives for one request costs an entry in a list. */
export class Young {
  readonly #graph: Graph;
  #waiting: YoungOne[] = [];

  constructor(graph: Graph) {
    this.#graph = graph;
  }

  /** `adopt` is called once, on an empty stack; it has to look whether there is still anything to adopt. */
  add(bornMs: number, adopt: () => void): void {
    if (this.#waiting.length >= MAX_YOUNG) this.#graph.countDropped();
    else this.#waiting.push({ bornMs, adopt });
  }

  /** Adopts what has lived long enough. */
  grow(nowMs: number): void {
    const waiting = this.#waiting;
    const first = waiting.findIndex(({ bornMs }) => nowMs - bornMs < GROWN_AFTER_MS);
    const grown = first < 0 ? waiting : waiting.slice(0, first);
    if (grown.length === 0) return;
    this.#waiting = first < 0 ? [] : waiting.slice(first);
    for (const { adopt } of grown) {
      try {
        adopt();
      } catch (error) {
        this.#graph.onError(error);
      }
    }
  }
}
