import type { Attributes, BatchObservableResult, Observable } from '@opentelemetry/api';
import type { RunningTotal } from './running-total.ts';

/** One collection: joins the numbers of all workers that fall into the same series before they are told. */
export class CollectionRound {
  readonly #series = new Map<string, { instrument: Observable; attributes: Attributes; value: number }>();
  readonly #totals: RunningTotal;
  readonly #instrumentIds = new Map<Observable, number>();

  constructor(totals: RunningTotal) {
    this.#totals = totals;
  }

  total(instrument: Observable, attributes: Attributes, part: string, value: number): void {
    const key = this.#key(instrument, attributes);
    const total = this.#totals.add(key, `${key}\0${part}`, value);
    this.#series.set(key, { instrument, attributes, value: total });
  }

  sum(instrument: Observable, attributes: Attributes, value: number): void {
    this.#join(instrument, attributes, value, (a, b) => a + b);
  }

  largest(instrument: Observable, attributes: Attributes, value: number): void {
    this.#join(instrument, attributes, value, Math.max);
  }

  observe(result: BatchObservableResult): void {
    for (const { instrument, attributes, value } of this.#series.values())
      result.observe(instrument, value, attributes);
  }

  #join(instrument: Observable, attributes: Attributes, value: number, join: (a: number, b: number) => number): void {
    const key = this.#key(instrument, attributes);
    const known = this.#series.get(key);
    if (known === undefined) this.#series.set(key, { instrument, attributes, value });
    else known.value = join(known.value, value);
  }

  #key(instrument: Observable, attributes: Attributes): string {
    let id = this.#instrumentIds.get(instrument);
    if (id === undefined) {
      id = this.#instrumentIds.size;
      this.#instrumentIds.set(instrument, id);
    }
    return JSON.stringify([id, attributes]);
  }
}
