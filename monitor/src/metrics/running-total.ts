/** Series whose totals are kept; beyond it those go first that have not been seen for longest, and begin at zero again. */
const defaultMaxSeries = 50_000;

/**
 * Turns the absolute numbers of many workers into one number that never falls: workers leave and restart, but what they have
 * done stays done. A value below the last one of the same part counts as a restart from zero.
 */
export class RunningTotal {
  /** Those seen last are at the end. */
  readonly #series = new Map<string, Series>();
  readonly #maxSeries: number;

  constructor(maxSeries: number = defaultMaxSeries) {
    this.#maxSeries = maxSeries;
  }

  /** Adds what the part has done since the last round to the total of the series; gives the total. */
  add(name: string, part: string, value: number): number {
    const series = this.#seen(name);
    const last = series.last.get(part) ?? 0;
    series.total += value >= last ? value - last : value;
    series.now.set(part, value);
    return series.total;
  }

  /** Ends a round: parts that were not seen in it are forgotten. */
  end(): void {
    let excess = this.#series.size - this.#maxSeries;
    for (const [name, series] of this.#series) {
      if (excess > 0 && series.now.size === 0) {
        this.#series.delete(name);
        excess -= 1;
      }
      series.last = series.now;
      series.now = new Map();
    }
  }

  #seen(name: string): Series {
    const known = this.#series.get(name);
    if (known !== undefined && known.now.size > 0) return known;
    const series = known ?? { total: 0, last: new Map(), now: new Map() };
    this.#series.delete(name);
    this.#series.set(name, series);
    return series;
  }
}

interface Series {
  total: number;
  /** What each part told in the round before, and what it has told in this one. */
  last: Map<string, number>;
  now: Map<string, number>;
}
