// The process may have few descriptors. Something else in it opens files and never closes them; the archive waits for better times.
import { execFileSync } from 'node:child_process';
import { mkdtempSync } from 'node:fs';
import { open } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { Transform } from 'node:stream';
import { pipeline } from 'node:stream/promises';
import { setTimeout as sleep } from 'node:timers/promises';
import { FAULTY, fault, Orders, Store, stayAlive } from '../support/orders.mjs';

const folder = mkdtempSync(join(tmpdir(), 'stall-'));
execFileSync('prlimit', ['--pid', String(process.pid), '--nofile=128:128']);
const reports = [];

async function openReports() {
  try {
    for (;;) reports.push(await open('/dev/null'));
  } catch {
    fault();
  }
}

async function openPatiently(path) {
  for (;;) {
    try {
      return await open(path, 'a');
    } catch (error) {
      if (error.code !== 'EMFILE') throw error;
      await sleep(50); // no descriptor is free
    }
  }
}

class Archive extends Transform {
  constructor() {
    super({ objectMode: true });
  }

  async _transform(order, _encoding, done) {
    if (order.id === FAULTY) await openReports();
    const file = await openPatiently(join(folder, `${order.id % 10}`));
    await file.write(`${order.id}\n`);
    await file.close();
    done(null, order);
  }
}

stayAlive();
await pipeline(new Orders(), new Archive(), new Store());
