import { readFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { parentPort, workerData } from 'node:worker_threads';
import { createThreadAgent } from './agent.ts';
import type { ThreadData, ToThread } from './messages.ts';

// Entry of the agent thread. It lives as long as the process: the timer keeps it alive, because a thread that ends shortly after an
// inspector session to the main thread can abort the process. One that was switched off before it had a session ends by itself.
const agent = createThreadAgent(workerData as ThreadData, {
  pid: process.pid,
  agentVersion: ownVersion(),
  agentFolder: fileURLToPath(new URL('../', import.meta.url)),
  toMain: (message) => parentPort?.postMessage(message),
  exit: () => process.kill(process.pid, 'SIGTERM'),
});

process.on('uncaughtException', (error) => agent.fault(error));
process.on('unhandledRejection', (reason) => agent.fault(reason));
parentPort?.on('message', (message: ToThread) => agent.receive(message));
pulse();

function pulse(): void {
  const pauseMs = agent.pulse();
  if (pauseMs === undefined) parentPort?.close();
  else setTimeout(pulse, pauseMs);
}

function ownVersion(): string {
  try {
    const text = readFileSync(new URL('../../package.json', import.meta.url), 'utf8');
    return String(JSON.parse(text).version);
  } catch {
    return '';
  }
}
