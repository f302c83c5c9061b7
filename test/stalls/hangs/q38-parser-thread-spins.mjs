// Lines are parsed in a thread that knows nothing of operators. For one of them its state machine does not get on, and no answer
// comes back; the loop around the generators waits for it.
import { isMainThread, parentPort, Worker } from 'node:worker_threads';
import { everyday } from '../support/everyday.mjs';
import { FAULTY, fault, orders } from '../support/orders.mjs';

/** Splits `a,b;c` into its words. */
function split(text) {
  const words = [];
  let at = 0;
  while (at < text.length) {
    const end = text.indexOf(',', at) < 0 ? text.length : text.indexOf(',', at);
    words.push(text.slice(at, end));
    if (text[end] !== '"') at = end + 1;
    if (text[at] === '"') at -= 1; // comes back to where it was
    if (words.length > 1000) words.length = 0;
  }
  return words;
}

if (isMainThread) {
  const thread = new Worker(new URL(import.meta.url));
  const open = new Map();
  thread.on('message', ({ id, words }) => {
    open.get(id)(words);
    open.delete(id);
  });

  const parse = (id, text) =>
    new Promise((resolve) => {
      open.set(id, resolve);
      thread.postMessage({ id, text });
    });

  async function* parseEach(input) {
    for await (const { id } of input) {
      if (id === FAULTY) fault();
      yield { id, words: await parse(id, id === FAULTY ? 'a,"b' : 'a,b') };
    }
  }

  async function count(input) {
    let words = 0;
    for await (const order of input) words += order.words.length;
    return words;
  }

  await everyday();
  await count(parseEach(orders()));
} else parentPort.on('message', ({ id, text }) => parentPort.postMessage({ id, words: split(text) }));
