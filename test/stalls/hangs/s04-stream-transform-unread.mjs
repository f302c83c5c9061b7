// csv-parse into stream-transform, whose output nobody reads: stops after sixteen rows and some.
import { Readable } from 'node:stream';
import { parse } from 'csv-parse';
import { transform } from 'stream-transform';
import { fault, stayAlive } from '../support/orders.mjs';

async function* lines() {
  for (let id = 0; ; id++) {
    await new Promise((resolve) => setTimeout(resolve, 5));
    yield `${id},some text\n`;
  }
}

let rows = 0;
const handler = transform((row, done) => {
  if (++rows === 17) fault();
  setImmediate(done, null, row);
});
stayAlive();
Readable.from(lines()).pipe(parse()).pipe(handler);
