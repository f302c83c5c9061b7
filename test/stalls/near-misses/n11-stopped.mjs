// SIGSTOP for four seconds by somebody else, then SIGCONT.
import { spawn } from 'node:child_process';
import { pipeline } from 'node:stream/promises';
import { Orders, Store, stayAlive, watch } from '../support/orders.mjs';

stayAlive();
setTimeout(() => {
  watch();
  const commands = `sleep 0.2; kill -STOP ${process.pid}; sleep 4; kill -CONT ${process.pid}`;
  spawn('sh', ['-c', commands], { stdio: 'ignore' }).unref();
}, 1000);
await pipeline(new Orders(), new Store());
