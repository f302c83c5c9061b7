import type { Edge } from './edge.ts';

/** An epoch that waits in front of an operator until the operator has completed everything up to a position. */
export interface Marker {
  epoch: number;
  position: number;
  /** The edge it came by; undefined when it entered the dataflow at this operator. */
  readonly edge: Edge | undefined;
}

/** How many markers wait at one operator at most. */
export const MAX_MARKERS = 256;

/**
 * The markers in front of one operator, lowest position first.
 *
 * Two markers of one edge at one position pass together, so the newer one replaces the older one: a stalled operator collects
 * no markers. When a slow one has too many all the same, the last two of an edge are merged at the later position, which is
 * late and never early.
 */
export class MarkerQueue {
  readonly #markers: Marker[] = [];

  get length(): number {
    return this.#markers.length;
  }

  /** Position of the first marker; Infinity when none waits. */
  get next(): number {
    return this.#markers[0]?.position ?? Number.POSITIVE_INFINITY;
  }

  insert(epoch: number, position: number, edge: Edge | undefined): void {
    const markers = this.#markers;
    let index = markers.length;
    while (index > 0 && (markers[index - 1] as Marker).position > position) index--;
    const before = markers[index - 1];
    if (before !== undefined && before.position === position && before.edge === edge) {
      before.epoch = Math.max(before.epoch, epoch);
      return;
    }
    markers.splice(index, 0, { epoch, position, edge });
    if (markers.length > MAX_MARKERS) this.#merge();
  }

  /** Takes the first marker out when its position is reached. */
  take(completed: number): Marker | undefined {
    const first = this.#markers[0];
    return first !== undefined && completed >= first.position ? this.#markers.shift() : undefined;
  }

  /** Takes out every marker of an edge and gives the newest epoch among them; 0 when there was none. */
  remove(edge: Edge): number {
    let newest = 0;
    for (let index = this.#markers.length - 1; index >= 0; index--) {
      const marker = this.#markers[index] as Marker;
      if (marker.edge !== edge) continue;
      newest = Math.max(newest, marker.epoch);
      this.#markers.splice(index, 1);
    }
    return newest;
  }

  clear(): void {
    this.#markers.length = 0;
  }

  #merge(): void {
    const markers = this.#markers;
    for (let later = markers.length - 1; later > 0; later--) {
      const edge = (markers[later] as Marker).edge;
      for (let earlier = later - 1; earlier >= 0; earlier--) {
        if ((markers[earlier] as Marker).edge !== edge) continue;
        (markers[later] as Marker).epoch = Math.max(
          (markers[later] as Marker).epoch,
          (markers[earlier] as Marker).epoch,
        );
        markers.splice(earlier, 1);
        return;
      }
    }
  }
}
