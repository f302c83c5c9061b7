import type { Incident, IncidentEvent } from '@streamgauge/monitor';

/** What happened to the incidents of the demo, in order, and whoever waits for something to happen. */
export class IncidentWatch {
  readonly #incidents = new Map<string, Incident>();
  readonly #waiting = new Set<() => void>();

  /** Takes in one event. */
  push(event: IncidentEvent): void {
    this.#incidents.set(event.incident.id, event.incident);
    for (const look of [...this.#waiting]) look();
  }

  /** The newest version of every incident so far, oldest first. */
  all(): readonly Incident[] {
    return [...this.#incidents.values()];
  }

  /** The newest version of the first incident that matches; undefined when none did within that time. */
  async find(matches: (incident: Incident) => boolean, withinMs: number): Promise<Incident | undefined> {
    const found = (): Incident | undefined => this.all().find(matches);
    const already = found();
    if (already !== undefined) return already;
    const { promise, resolve } = Promise.withResolvers<void>();
    const look = (): void => {
      if (found() !== undefined) resolve();
    };
    this.#waiting.add(look);
    const timer = setTimeout(resolve, withinMs).unref();
    try {
      await promise;
      return found();
    } finally {
      clearTimeout(timer);
      this.#waiting.delete(look);
    }
  }
}
