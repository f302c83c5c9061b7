// The journal of one customer lies on a disk that is full. The processor waits until somebody makes room.
import { mkdtempSync } from 'node:fs';
import { appendFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { sendJobs, work } from '../support/bullmq.mjs';
import { FAULTY, fault } from '../support/orders.mjs';

const folder = mkdtempSync(join(tmpdir(), 'stall-'));

async function write(path, text) {
  for (;;) {
    try {
      return await appendFile(path, text);
    } catch (error) {
      if (error.code !== 'ENOSPC') throw error;
      await sleep(100); // no space is left
    }
  }
}

async function book({ data: { id } }) {
  if (id === FAULTY) fault();
  await write(id === FAULTY ? '/dev/full' : join(folder, 'journal'), `${id}\n`);
}

work('orders', book);
await sendJobs('orders');
