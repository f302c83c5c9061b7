// A session and its token have one lock (async-mutex); when the token is too old, renewing it takes the lock again.

import { setTimeout as pause } from 'node:timers/promises';
import { Mutex } from 'async-mutex';
import { concatMap, interval, map } from 'rxjs';
import { everyday } from '../support/everyday.mjs';
import { FAULTY, fault } from '../support/orders.mjs';

class Session {
  #lock = new Mutex();
  #calls = 0;

  send(id) {
    return this.#lock.runExclusive(async () => {
      if (++this.#calls > FAULTY) await this.#renew();
      await pause(1);
      return { id };
    });
  }

  async #renew() {
    fault();
    await this.#lock.runExclusive(() => pause(1)); // held by the caller
    this.#calls = 0;
  }
}

const session = new Session();
let sent = 0;

await everyday();
interval(5)
  .pipe(
    map((id) => id + 1),
    concatMap((id) => session.send(id)),
  )
  .subscribe(() => sent++);
