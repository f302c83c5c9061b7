/**
 * Turns the absolute numbers of many workers into one number that never falls: workers leave and restart, but what they have
 * done stays done. A value below the last one of the same part counts as a restart from zero.
 */
export class RunningTotal {
  readonly #totals = new Map<string, number>();
  #last = new Map<string, number>();
  #next = new Map<string, number>();

  /** Begins a round: parts that are not seen in it are forgotten afterwards. */
  begin(): void {
    this.#next = new Map();
  }

  /** Adds what the part has done since the last round to the total; gives the total. */
  add(series: string, part: string, value: number): number {
    const last = this.#last.get(part) ?? 0;
    const total = (this.#totals.get(series) ?? 0) + (value >= last ? value - last : value);
    this.#totals.set(series, total);
    this.#next.set(part, value);
    return total;
  }

  end(): void {
    this.#last = this.#next;
  }
}
