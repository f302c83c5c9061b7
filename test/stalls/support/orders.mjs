// What the programs of the set have in common: a source that goes on for ever, a sink, and the word that tells the time of the fault.
import { Readable, Writable } from 'node:stream';

/** The order with which it goes wrong: by then everything has flowed for a second. */
export const FAULTY = 200;
const PAUSE_MS = 5;

/** Tells whoever watches that what is wrong begins now. */
export function fault() {
  console.log('fault');
}

/** Tells whoever watches a near-miss that it has come to what is to be watched. */
export function watch() {
  console.log('watch');
}

/** An endless source, one order after the other. */
export class Orders extends Readable {
  #next = 0;

  constructor() {
    super({ objectMode: true });
  }

  _read() {
    setTimeout(() => this.push({ id: this.#next++ }), PAUSE_MS);
  }
}

/** The same for a loop. */
export async function* orders() {
  for (let id = 0; ; id++) {
    await new Promise((resolve) => setTimeout(resolve, PAUSE_MS));
    yield { id };
  }
}

export class Store extends Writable {
  constructor() {
    super({ objectMode: true });
  }

  _write(_order, _encoding, done) {
    setImmediate(done);
  }
}

/** Keeps the process alive as a worker's server does. */
export function stayAlive() {
  setInterval(() => {}, 1000);
}
