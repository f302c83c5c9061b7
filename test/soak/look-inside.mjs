// Preloaded into a process that is soaked: whoever has started it may ask what is left of its heap after a collection, and how much is
// open. The channel on which this is asked keeps nothing alive.
import { setFlagsFromString } from 'node:v8';
import { runInNewContext } from 'node:vm';
import { isMainThread } from 'node:worker_threads';

if (isMainThread && process.send !== undefined) {
  setFlagsFromString('--expose-gc');
  const collect = runInNewContext('gc');
  process.on('message', (asked) => {
    if (asked !== 'look inside') return;
    collect();
    process.send?.({ heapBytes: process.memoryUsage().heapUsed, handles: process.getActiveResourcesInfo().length });
  });
  process.channel?.unref();
}
