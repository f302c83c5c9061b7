// Whichever of two mirrors has the picture. One says that it has not, and the other one says nothing.
import { setTimeout as pause } from 'node:timers/promises';
import { interval, map, mergeMap } from 'rxjs';
import { everyday } from '../support/everyday.mjs';
import { FAULTY, fault } from '../support/orders.mjs';

class Mirror {
  #questions = new Map();
  #isComplete;

  constructor(isComplete) {
    this.#isComplete = isComplete;
  }

  async picture(id) {
    await pause(1);
    if (id < FAULTY) return `picture ${id}`;
    if (this.#isComplete) throw new Error('not here');
    return await this.#fetch(id); // says nothing
  }

  #fetch(id) {
    return new Promise((resolve) => this.#questions.set(id, resolve));
  }
}

const near = new Mirror(true);
const far = new Mirror(false);

async function pictureOf(id) {
  if (id === FAULTY) fault();
  return await Promise.any([near.picture(id), far.picture(id)]);
}

let seen = 0;

await everyday();
interval(5)
  .pipe(
    mergeMap((id) => pictureOf(id), 3),
    map((picture) => picture.length),
  )
  .subscribe(() => seen++);
