import { randomUUID } from 'node:crypto';
import { isMainThread } from 'node:worker_threads';
import { createBoard } from './board/board.ts';
import { Clock, Control } from './board/layout.ts';
import { monotonicMs } from './board/monotonic.ts';
import { type AgentOptions, readSettings, type Settings } from './config.ts';
import { AgentError, AgentErrorCode } from './errors.ts';
import { claimName } from './family.ts';
import { createLog } from './log.ts';
import { startAgentThread } from './main-thread/agent-thread.ts';
import { answerThread } from './main-thread/answer-thread.ts';
import { startBeat } from './main-thread/beat.ts';
import { watchExit } from './main-thread/exit-watch.ts';
import { watchFailures } from './main-thread/failure-watch.ts';
import { createTracker } from './operator/create-tracker.ts';
import { createIdMemory, openIds } from './operator/ids.ts';
import { processNames } from './process-names.ts';
import { installMainHelper, removeMainHelper } from './sample/main-helper.ts';
import { createFaults } from './thread/faults.ts';
import { undoAll } from './undo.ts';
import { watchThreads } from './worker-thread/child-threads.ts';
import { announceMeeting } from './worker-thread/meeting.ts';
import { startInThread } from './worker-thread/start-in-thread.ts';

/** A started agent. */
export interface Agent {
  /** Names under which the monitor knows this process; empty when the agent is switched off by its settings. */
  readonly job: string;
  readonly worker: string;
  /** False: switched off by its settings, by `stop`, or by itself after repeated faults. */
  readonly running: boolean;
  /** Takes the agent out of the way: every hook is taken off, and its thread goes quiet. A later start begins anew. */
  stop(): void;
}

/** Where every copy of this package in the process finds the agent that runs. */
const RUNNING_KEY: unique symbol = Symbol.for('streamgauge.agent.running') as never;

/**
 * Starts the agent in this process: finds the streams, counts, watches, and tells the monitor. A second call gives the
 * running agent back and changes nothing. Where the process does not let it start (no threads, a frozen global object), it
 * says so in one line and comes back switched off.
 * In a worker thread it joins the agent that ran in the process when the thread was started; its settings are not read.
 * Throws AgentError SETTINGS for settings that cannot be used, NOT_MAIN_THREAD in a worker thread where no agent is to be joined.
 */
export function startAgent(options: AgentOptions = {}): Agent {
  return startOnce(options, false);
}

/**
 * The same for a process whose program runs already: its event loop has turned, so that a silence of it is no loading of
 * modules.
 */
export function startInRunning(options: AgentOptions): Agent {
  return startOnce(options, true);
}

function startOnce(options: AgentOptions, running: boolean): Agent {
  const known = runningAgent();
  if (known !== undefined) return known;
  if (!isMainThread) {
    const part = startInThread();
    if (part !== undefined) {
      if (part.running) keep(part);
      return part;
    }
    throw new AgentError(
      AgentErrorCode.NOT_MAIN_THREAD,
      'The agent watches a whole process: start it in the main thread, before the worker thread.',
    );
  }
  const settings = readSettings(options, process.env, processNames(process.argv[1], process.pid));
  if (settings.disabled) return { running: false, job: '', worker: '', stop: () => undefined };
  return start(settings, running);
}

/** The agent that runs in this process, of whatever copy of this package. */
export function runningAgent(): Agent | undefined {
  const agent = (globalThis as { [RUNNING_KEY]?: Agent })[RUNNING_KEY];
  return agent?.running === true ? agent : undefined;
}

/** Lets every copy of this package in the thread find the agent. */
function keep(agent: Agent): void {
  Object.defineProperty(globalThis, RUNNING_KEY, {
    value: agent,
    configurable: true,
    enumerable: false,
    writable: true,
  });
}

function start(settings: Settings, loopStarted: boolean): Agent {
  const board = createBoard();
  // The agent thread is not there yet: what comes before its first pulse has come now, and not never.
  board.clock[Clock.NOW_MS] = monotonicMs();
  if (loopStarted) Atomics.store(board.control, Control.LOOP_STARTED, 1);
  const log = createLog({ level: settings.log, nowMs: monotonicMs });
  const faults = createFaults(board, (line) => {
    stop();
    log.error(line);
  });
  const undo: (() => void)[] = [];
  const channel = `streamgauge.agent/${randomUUID()}`;
  const ids = createIdMemory();
  let running = true;

  try {
    undo.push(claimName(settings.worker, process.env, process.pid));
    const thread = startAgentThread({ memory: board.memory, channel, settings }, (reason) => {
      // Switched off, it has no more to do.
      if (!running) return;
      stop();
      log.error(`switched off because its thread is gone: ${reason}`);
    });
    const { brokerHeaders, job, worker } = settings;
    const tracker = createTracker({
      board,
      post: thread.post,
      onError: faults.count,
      ids: openIds(ids),
      brokerHeaders,
    });
    undo.push(() => tracker.stop());
    thread.listen(answerThread({ tracker, post: thread.post, nowMs: monotonicMs, onError: faults.count }));
    const helper = installMainHelper(tracker);
    undo.push(removeMainHelper);
    const children = watchThreads(thread.post);
    undo.push(children.stop, announceMeeting({ channel, ids, job, worker, brokerHeaders }));
    const publish = faults.guard((nowMs: number) => {
      children.look();
      tracker.beat(nowMs);
    });
    undo.push(startBeat({ board, onBeat: publish, onStop: stop }));
    undo.push(watchFailures(board, thread.post));
    undo.push(
      watchExit({
        board,
        tracker,
        publish: () => publish(monotonicMs()),
        post: thread.post,
        files: () => helper.loadedFiles(),
      }),
    );
  } catch (error) {
    // Nothing half done stays: the program runs as without the agent.
    stop();
    const reason = error instanceof Error ? error.message : String(error);
    log.error(`${reason.replace(/\.?$/, '.')} The agent stays off.`);
  }

  const agent: Agent = {
    job: settings.job,
    worker: settings.worker,
    get running() {
      return running;
    },
    stop,
  };
  if (running) {
    keep(agent);
    undo.push(() => delete (globalThis as { [RUNNING_KEY]?: Agent })[RUNNING_KEY]);
  }
  return agent;

  function stop(): void {
    if (!running) return;
    running = false;
    Atomics.store(board.control, Control.STOP, 1);
    undoAll(undo);
  }
}
