import type { Attributes, BatchObservableResult, Observable } from '@opentelemetry/api';
import type { RunningTotal } from './running-total.ts';

/** Some numbers of one operator, edge or worker: the attributes that they have in common. */
export interface Series {
  readonly attributes: Attributes;
  readonly key: string;
}

/** Attributes as they are told, and as they are looked up: once for all numbers that have them. */
export function seriesOf(attributes: Attributes): Series {
  return { attributes, key: JSON.stringify(attributes) };
}

/** One collection: joins the numbers of all workers that fall into the same series before they are told. */
export class CollectionRound {
  readonly #series = new Map<Observable, Map<string, { readonly attributes: Attributes; value: number }>>();
  readonly #totals: RunningTotal;
  readonly #instrumentIds = new Map<Observable, number>();

  constructor(totals: RunningTotal) {
    this.#totals = totals;
  }

  total(instrument: Observable, series: Series, part: string, value: number): void {
    const total = this.#totals.add(this.#key(instrument, series), part, value);
    this.#join(instrument, series, total, (_before, now) => now);
  }

  sum(instrument: Observable, series: Series, value: number): void {
    this.#join(instrument, series, value, (a, b) => a + b);
  }

  largest(instrument: Observable, series: Series, value: number): void {
    this.#join(instrument, series, value, Math.max);
  }

  observe(result: BatchObservableResult): void {
    for (const [instrument, all] of this.#series)
      for (const { attributes, value } of all.values()) result.observe(instrument, value, attributes);
  }

  #join(
    instrument: Observable,
    { attributes, key }: Series,
    value: number,
    join: (before: number, now: number) => number,
  ): void {
    let all = this.#series.get(instrument);
    if (all === undefined) {
      all = new Map();
      this.#series.set(instrument, all);
    }
    const known = all.get(key);
    if (known === undefined) all.set(key, { attributes, value });
    else known.value = join(known.value, value);
  }

  #key(instrument: Observable, { key }: Series): string {
    let id = this.#instrumentIds.get(instrument);
    if (id === undefined) {
      id = this.#instrumentIds.size;
      this.#instrumentIds.set(instrument, id);
    }
    return `${id} ${key}`;
  }
}
