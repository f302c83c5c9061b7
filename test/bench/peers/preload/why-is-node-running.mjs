import { isMainThread } from 'node:worker_threads';
import whyIsNodeRunning from 'why-is-node-running';
import { say } from './say.mjs';

// As its own `why-is-node-running/include` does for SIGUSR1, which Node.js uses for its debugger.
if (isMainThread) {
  process.on('SIGUSR2', () => {
    const lines = [];
    whyIsNodeRunning({ error: (line) => lines.push(line) });
    say(lines.join('\n'));
  });
}
