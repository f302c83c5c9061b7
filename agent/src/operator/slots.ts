/** Hands out the slots of one array of the board. The lowest free one first, so that readers may stop early. */
export class Slots {
  readonly #free: number[] = [];
  readonly #capacity: number;
  #used = 0;

  constructor(capacity: number) {
    this.#capacity = capacity;
  }

  /** Gives undefined when all are taken. */
  take(): number | undefined {
    const slot = this.#free.pop();
    if (slot !== undefined) return slot;
    return this.#used < this.#capacity ? this.#used++ : undefined;
  }

  give(slot: number): void {
    this.#free.push(slot);
    this.#free.sort((a, b) => b - a);
  }
}
