import type { EdgeKind } from '../operator/edge.ts';
import type { YoungOne } from '../young/young.ts';
import type { Adoption } from './adoption.ts';
import { isDestroyed, isPiped, type StreamInternals } from './internals.ts';

const NOWHERE = (): undefined => undefined;

/** A connection beyond the budget. Where it was made is not noted: the stack costs more than all the rest. */
export class YoungLink implements YoungOne {
  readonly bornMs: number;
  readonly #adoption: Adoption;
  readonly #source: StreamInternals;
  readonly #target: StreamInternals;
  readonly #kind: EdgeKind;

  constructor(adoption: Adoption, source: StreamInternals, target: StreamInternals, kind: EdgeKind) {
    this.bornMs = adoption.graph.nowMs();
    this.#adoption = adoption;
    this.#source = source;
    this.#target = target;
    this.#kind = kind;
  }

  alive(): boolean {
    if (this.#kind === 'pipe' && !isPiped(this.#source, this.#target)) return false;
    return !isDestroyed(this.#source) && !isDestroyed(this.#target);
  }

  touches(streams: ReadonlySet<object>): boolean {
    return streams.has(this.#source) || streams.has(this.#target);
  }

  addTo(streams: Set<object>): void {
    streams.add(this.#source);
    streams.add(this.#target);
  }

  adopt(): boolean {
    this.#adoption.linkNow(this.#source, this.#target, this.#kind, NOWHERE);
    return true;
  }
}
