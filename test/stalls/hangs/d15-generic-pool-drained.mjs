// A pool of renderers: when rendering fails, its renderer is not given back.

import { setTimeout as pause } from 'node:timers/promises';
import genericPool from 'generic-pool';
import { interval, mergeMap } from 'rxjs';
import { everyday } from '../support/everyday.mjs';
import { FAULTY, fault } from '../support/orders.mjs';

class Renderer {
  async render(id) {
    await pause(3);
    if (id >= FAULTY) throw new Error('no such template');
    return `page ${id}`;
  }
}

const pool = genericPool.createPool(
  { create: async () => new Renderer(), destroy: async () => {} },
  { min: 1, max: 3 },
);

async function render(id) {
  if (id === FAULTY + 3) fault();
  const renderer = await pool.acquire(); // none is left
  try {
    const page = await renderer.render(id);
    await pool.release(renderer);
    return page;
  } catch {
    return 'an empty page';
  }
}

let pages = 0;

await everyday();
interval(5)
  .pipe(mergeMap((id) => render(id), 2))
  .subscribe(() => pages++);
