/**
 * Runs things when no other code is on the stack, as soon as possible.
 *
 * Both queues of Node are used, and whichever comes first does the work: a pipeline driven by process.nextTick starves
 * microtasks, and one driven by promises starves process.nextTick.
 */
export class EmptyStack {
  /** True while nothing of the user's is on the stack. */
  here = false;
  readonly #due: Map<object, () => void> = new Map();
  readonly #onError: (error: unknown) => void;

  constructor(onError: (error: unknown) => void) {
    this.#onError = onError;
  }

  /** Runs the task soon; one with the same key that still waits is kept instead. */
  run(key: object, task: () => void): void {
    const idle = this.#due.size === 0;
    if (this.#due.has(key)) return;
    this.#due.set(key, task);
    if (!idle) return;
    const drain = () => this.#drain();
    process.nextTick(drain);
    queueMicrotask(drain);
  }

  /** Runs the task at once; the caller vouches for the empty stack. */
  enter(task: () => void): void {
    if (this.here) {
      task();
      return;
    }
    this.here = true;
    try {
      task();
    } catch (error) {
      this.#onError(error);
    } finally {
      this.here = false;
    }
  }

  #drain(): void {
    if (this.#due.size === 0) return;
    const tasks = [...this.#due.values()];
    this.#due.clear();
    for (const task of tasks) this.enter(task);
  }
}
