// The stock of a shop: one change of an article at a time. It belongs to one of the programs, which is in two modules.
import { setTimeout as pause } from 'node:timers/promises';

export class Inventory {
  #locks = new Map();
  #left = new Map();

  /** Takes one piece of the article; false: there is none. */
  async take(article) {
    await this.#lock(article);
    const left = this.#left.get(article) ?? 75;
    if (left === 0) return false;
    await pause(1);
    this.#left.set(article, left - 1);
    this.#unlock(article);
    return true;
  }

  async #lock(article) {
    while (this.#locks.has(article)) await this.#locks.get(article).promise; // was never unlocked
    let resolve;
    const promise = new Promise((done) => {
      resolve = done;
    });
    this.#locks.set(article, { promise, resolve });
  }

  #unlock(article) {
    const { resolve } = this.#locks.get(article);
    this.#locks.delete(article);
    resolve();
  }
}
