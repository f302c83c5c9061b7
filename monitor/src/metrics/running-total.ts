/** Series whose totals are kept; beyond it those go first that have not been seen for longest, and begin at zero again. */
const defaultMaxSeries = 50_000;

/**
 * Turns the absolute numbers of many workers into one number that never falls: workers leave and restart, but what they have
 * done stays done. A value below the last one of the same part counts as a restart from zero.
 */
export class RunningTotal {
  /** Those seen last are at the end. */
  readonly #totals = new Map<string, number>();
  readonly #seen = new Set<string>();
  readonly #maxSeries: number;
  #last = new Map<string, number>();
  #next = new Map<string, number>();

  constructor(maxSeries: number = defaultMaxSeries) {
    this.#maxSeries = maxSeries;
  }

  /** Begins a round: parts that are not seen in it are forgotten afterwards. */
  begin(): void {
    this.#next = new Map();
    this.#seen.clear();
  }

  /** Adds what the part has done since the last round to the total; gives the total. */
  add(series: string, part: string, value: number): number {
    const last = this.#last.get(part) ?? 0;
    const total = (this.#totals.get(series) ?? 0) + (value >= last ? value - last : value);
    this.#totals.delete(series);
    this.#totals.set(series, total);
    this.#seen.add(series);
    this.#next.set(part, value);
    return total;
  }

  end(): void {
    this.#last = this.#next;
    let excess = this.#totals.size - Math.max(this.#maxSeries, this.#seen.size);
    for (const series of this.#totals.keys()) {
      if (excess-- <= 0) break;
      this.#totals.delete(series);
    }
  }
}
