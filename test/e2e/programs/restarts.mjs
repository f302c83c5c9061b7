// Starts the agent and stops it again, many times; prints what there is of threads, listeners, handles and heap before and after.
import { readdirSync } from 'node:fs';
import { Readable, Writable } from 'node:stream';
import { pipeline } from 'node:stream/promises';
import { setTimeout as sleep } from 'node:timers/promises';
import { setFlagsFromString } from 'node:v8';
import { runInNewContext } from 'node:vm';
import { startAgent } from '@streamgauge/agent';

const [monitorUrl, times] = process.argv.slice(2);
/** A thread that is stopped while it starts has to have started before it can end. */
const END_MS = 20_000;
setFlagsFromString('--expose-gc');
const collect = runInNewContext('gc');

function threads() {
  return readdirSync('/proc/self/task').length;
}

async function once(most) {
  const agent = startAgent({ monitorUrl, job: 'restarts', worker: 'w1', log: 'off' });
  const numbers = Array.from({ length: 100 }, (_, index) => index);
  await pipeline(Readable.from(numbers), new Writable({ objectMode: true, write: (_n, _e, done) => done() }));
  agent.stop();
  for (let waitedMs = 0; threads() > most && waitedMs < END_MS; waitedMs += 10) await sleep(10);
}

function look() {
  collect();
  return {
    threads: threads(),
    listeners: process.eventNames().reduce((sum, name) => sum + process.listenerCount(name), 0),
    handles: process.getActiveResourcesInfo().length,
    heapBytes: process.memoryUsage().heapUsed,
  };
}

// What the runtime starts when something is asked of it for the first time is there afterwards.
const most = threads();
for (let time = 0; time < 3; time++) await once(most);
console.log(JSON.stringify(look()));
for (let time = 0; time < Number(times); time++) await once(most);
console.log(JSON.stringify(look()));
