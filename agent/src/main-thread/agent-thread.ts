import { Worker } from 'node:worker_threads';
import { notFollowed } from '../connection/thread-book.ts';
import type { FromThread, ThreadData, ToThread } from '../thread/messages.ts';

/** Generous for an agent whose buffers are bounded; a leak of ours ends our thread and not the process. */
const LIMITS = { maxOldGenerationSizeMb: 96, maxYoungGenerationSizeMb: 8, stackSizeMb: 2 } as const;

/** The agent thread as the main thread sees it. */
export interface AgentThread {
  /** Hands a message over; does nothing once the thread is gone. */
  post(message: ToThread): void;
  /** Hands on what the thread asks; until then nothing is. */
  listen(receive: (message: FromThread) => void): void;
}

/**
 * Starts the agent thread. It keeps nothing of how the process was started (preloaded modules, inspector, profilers), does
 * not keep the process alive, and is never terminated. `onGone` is called when it ends before the process does.
 */
export function startAgentThread(data: ThreadData, onGone: (reason: string) => void): AgentThread {
  // Run from source, the thread is a TypeScript file as well, and so are the packages it imports.
  const fromSource = import.meta.url.endsWith('.ts');
  const entry = new URL(fromSource ? '../thread/main.ts' : '../thread/main.js', import.meta.url);
  const { NODE_OPTIONS: _inherited, ...environment } = process.env;
  const worker = new Worker(entry, {
    name: 'streamgauge',
    workerData: data,
    argv: [],
    execArgv: fromSource ? ['--conditions=streamgauge-source', '--no-warnings'] : ['--no-warnings'],
    env: environment,
    stdin: false,
    // Whatever a library prints there stays there: the agent's own lines go straight to the file descriptor.
    stdout: true,
    stderr: true,
    trackUnmanagedFds: false,
    resourceLimits: LIMITS,
  });
  notFollowed.add(worker);
  let gone = false;
  const end = (reason: string): void => {
    if (gone) return;
    gone = true;
    onGone(reason);
  };
  let receive: (message: FromThread) => void = () => undefined;
  listenTo(worker, end, (message) => receive(message));
  worker.unref();
  return {
    post(message) {
      if (!gone) worker.postMessage(message);
    },
    listen(receiver) {
      receive = receiver;
    },
  };
}

/**
 * Calls `end` when the thread fails or exits, and `receive` for what it says. An emitter is not asked for it: V8 begins to learn what EventEmitter.prototype.emit
 * is called with after half a dozen calls, and streams in object mode run a tenth slower for good when the first thing it learns
 * is not the flow of their data. Registering listeners here would use those calls up before the program has begun.
 */
function listenTo(worker: Worker, end: (reason: string) => void, receive: (message: FromThread) => void): void {
  const { emit } = worker;
  worker.emit = (event: string | symbol, ...values: unknown[]): boolean => {
    const [value] = values;
    if (event === 'error') end(value instanceof Error ? value.message : String(value));
    if (event === 'exit') end(`it ended with code ${value}`);
    if (event === 'message') receive(value as FromThread);
    // Somebody may listen who heard of the thread through the event "worker" of the process.
    return worker.eventNames().includes(event) && emit.call(worker, event, ...values);
  };
}
