// A worker of BullMQ in a process of its own. Usage: renderer.mjs PORT
import { setTimeout as sleep } from 'node:timers/promises';
import { Worker } from 'bullmq';

const connection = { port: Number(process.argv[2]), host: '127.0.0.1' };
new Worker('pages', ({ data: { slow } }) => sleep(slow ? 60_000 : 1), { connection, skipStalledCheck: true });
