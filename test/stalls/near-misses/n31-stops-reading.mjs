// Has found what it looked for: one loop is left in the middle, of two other streams only the head is read. Then the process ends.

import { PassThrough, Readable } from 'node:stream';
import { setTimeout as pause } from 'node:timers/promises';
import { Orders, watch } from '../support/orders.mjs';

const head = new Orders().pipe(new PassThrough({ objectMode: true }));
await pause(500);
head.once('readable', () => head.read());

const reader = Readable.toWeb(new Orders()).getReader();
await reader.read();

for await (const order of new Orders()) if (order.id === 200) break;
watch();
