/**
 * Low watermark of calls that end in any order: the number of calls before which every call has ended.
 *
 * Calls are numbered as they begin; a bitmap in a ring remembers which of those after the lowest open one have ended. It grows
 * with the number of calls that are open at once.
 */
export class Flight {
  /** Calls begun. */
  begun = 0;
  /** Every call with a lower number has ended. */
  low = 0;
  /** Calls ended. */
  ended = 0;
  #ring: Uint8Array = new Uint8Array(64);

  /** Gives the number of the call. */
  enter(): number {
    const call = this.begun++;
    if (call - this.low >= this.#ring.length) this.#grow();
    return call;
  }

  exit(call: number): void {
    this.ended++;
    const ring = this.#ring;
    const mask = ring.length - 1;
    if (call !== this.low) {
      ring[call & mask] = 1;
      return;
    }
    let low = call + 1;
    while (ring[low & mask] === 1) {
      ring[low & mask] = 0;
      low++;
    }
    this.low = low;
  }

  #grow(): void {
    const old = this.#ring;
    const ring = new Uint8Array(old.length * 2);
    for (let call = this.low; call < this.low + old.length; call++) {
      ring[call & (ring.length - 1)] = old[call & (old.length - 1)] as number;
    }
    this.#ring = ring;
  }
}
