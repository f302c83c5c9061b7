import { pipeline } from 'node:stream/promises';
import { setTimeout as sleep } from 'node:timers/promises';
import { Ledger, Numbers } from './classic.mjs';

let id = 0;
await pipeline(
  new Numbers(async () => {
    await sleep(20);
    return { id: id++ };
  }),
  new Ledger(),
);
