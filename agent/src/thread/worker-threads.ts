import { BroadcastChannel } from 'node:worker_threads';
import { type Board, openBoard } from '../board/board.ts';
import { Clock, Control } from '../board/layout.ts';
import type { UntestedPackage } from '../load/tested-versions.ts';
import type { TaskMessage } from '../task/task-messages.ts';
import { isTaskMessage } from '../task/task-messages.ts';
import { type Introduction, ownChannel } from '../worker-thread/meeting.ts';
import { JobNames } from './job-names.ts';
import type { ToThread } from './messages.ts';
import { createTopology, runningOperator, type Topology } from './topology.ts';
import { AWAKE, createWatchdog, type Watchdog, type WatchdogVerdict } from './watchdog.ts';

/** How many worker threads are tracked at once; the rest is switched off and counted. */
export const MAX_THREADS = 64;

/** What is known of the operators of one worker thread. */
export interface ThreadGraph {
  readonly thread: number;
  readonly topology: Topology;
}

/** What a look needs to know. */
export interface ThreadsLook {
  readonly nowMs: number;
  readonly periodMs: number;
  readonly epoch: number;
  readonly loopBlockedMs: number;
}

/** The worker threads of the process, each with a board of its own. */
export interface WorkerThreads {
  /** Every thread that is there, or has something to be reported for the last time. */
  readonly graphs: readonly ThreadGraph[];
  /** What the operators of all threads belong to, those of the main thread too. */
  readonly jobs: JobNames;
  /** Operators, edges and whole threads that were left alone for want of room, since the session began. */
  readonly dropped: number;
  /** Faults that the threads have survived. */
  readonly faults: number;
  /** Tasks that the threads have not told of. */
  readonly tasksDropped: number;
  /** Monotonic time at which an operator of any of them moved last. */
  readonly movedAtMs: number;
  /** Pulse, and a look at every board. */
  look(look: ThreadsLook): void;
  /** What a thread says of its children, or the main thread of its own (thread 0). */
  child(parent: number, message: ChildMessage): void;
  /** The thread that runs an operator; 0: the main thread, or not known. */
  threadOf(operatorId: number): number;
  /** What the sampler needs of a thread; undefined: it has ended. */
  view(thread: number): ThreadView | undefined;
  /** The last report was sent: threads that have ended are left out from now on. */
  forgetEnded(): void;
  /** Switches the tracking off in all of them. */
  stop(): void;
}

/** One thread as the sampler sees it. */
export interface ThreadView {
  /** Its number in the operating system; 0: not known. */
  readonly systemThread: number;
  readonly topology: Topology;
  readonly loop: WatchdogVerdict & { readonly runningOperator: number };
  /** The sampler stops it for a while, which is no block; and has done so. */
  searching(stops: boolean): void;
}

type ChildMessage = Extract<ToThread, { type: 'thread' | 'thread-ended' }>;

interface KnownThread extends ThreadGraph {
  readonly systemThread: number;
  readonly board: Board;
  readonly channel: BroadcastChannel;
  readonly watchdog: Watchdog;
  readonly children: Set<number>;
  verdict: WatchdogVerdict;
  /** The sampler stops it for a while. */
  searching: boolean;
  ended: boolean;
}

/** What the threads say beside what is on their boards. */
export interface ThreadTellers {
  readonly onUntested: (untested: UntestedPackage) => void;
  readonly onTask: (thread: number, message: TaskMessage) => void;
  readonly onEnded: (thread: number) => void;
}

/** Waits for worker threads on the channel on which they introduce themselves. */
export function createWorkerThreads(
  channel: string,
  guard: (run: () => void) => void,
  nowMs: () => number,
  { onUntested, onTask, onEnded }: ThreadTellers,
): WorkerThreads {
  const known = new Map<number, KnownThread>();
  const jobs = new JobNames();
  let dropped = 0;
  let faults = 0;
  let tasksDropped = 0;
  const common = listen(channel, (data) => welcome(data as Introduction));

  return {
    jobs,
    get graphs() {
      return [...known.values()];
    },
    get dropped() {
      let total = dropped;
      for (const { board, topology } of known.values())
        total += Atomics.load(board.control, Control.OPERATORS_DROPPED) + topology.forgotten;
      return total;
    },
    get faults() {
      let total = faults;
      for (const { board } of known.values()) total += Atomics.load(board.control, Control.AGENT_ERRORS);
      return total;
    },
    get tasksDropped() {
      let total = tasksDropped;
      for (const { board } of known.values()) total += Atomics.load(board.control, Control.TASKS_DROPPED);
      return total;
    },
    get movedAtMs() {
      let last = 0;
      for (const { topology } of known.values()) last = Math.max(last, topology.movedAtMs);
      return last;
    },
    look(look) {
      for (const thread of known.values()) if (!thread.ended) lookAt(thread, look);
    },
    child,
    threadOf(operatorId) {
      for (const { thread, topology } of known.values()) if (topology.operators.has(operatorId)) return thread;
      return 0;
    },
    view(id) {
      const thread = known.get(id);
      if (thread === undefined || thread.ended) return undefined;
      const { systemThread, topology, verdict, board } = thread;
      return {
        systemThread,
        topology,
        loop: { ...verdict, runningOperator: runningOperator(board) },
        searching(stops) {
          thread.searching = stops;
        },
      };
    },
    forgetEnded() {
      for (const thread of known.values()) {
        thread.topology.forgetEnded();
        if (thread.ended) forget(thread);
      }
    },
    stop() {
      common.close();
      for (const { board, thread } of known.values()) {
        Atomics.store(board.control, Control.STOP, 1);
        end(thread);
      }
    },
  };

  function welcome({ thread, systemThread, memory }: Introduction): void {
    if (known.has(thread)) return;
    const board = openBoard(memory);
    if (Atomics.load(board.control, Control.EXIT) === 1) return;
    if (known.size >= MAX_THREADS) forgetOneEnded();
    if (known.size >= MAX_THREADS) {
      if (Atomics.exchange(board.control, Control.STOP, 1) === 0) dropped += 1;
      return;
    }
    const topology = createTopology(board, jobs);
    const own = listen(ownChannel(channel, thread), (data) => {
      const message = data as ToThread;
      if (message.type === 'thread' || message.type === 'thread-ended') child(thread, message);
      else if (message.type === 'untested') onUntested(message.untested);
      else if (isTaskMessage(message)) onTask(thread, message);
      else topology.apply(message, nowMs());
    });
    const watchdog = createWatchdog();
    known.set(thread, {
      thread,
      systemThread,
      board,
      topology,
      watchdog,
      channel: own,
      children: new Set(),
      verdict: AWAKE,
      searching: false,
      ended: false,
    });
    Atomics.store(board.control, Control.WELCOME, 1);
  }

  function child(parent: number, { type, id }: ChildMessage): void {
    if (type === 'thread') known.get(parent)?.children.add(id);
    else {
      known.get(parent)?.children.delete(id);
      end(id);
    }
  }

  /** With nobody there to report to, those that are gone make room for those that come. */
  function forgetOneEnded(): void {
    for (const thread of known.values()) {
      if (!thread.ended) continue;
      forget(thread);
      return;
    }
  }

  function forget({ thread, board, topology }: KnownThread): void {
    dropped += Atomics.load(board.control, Control.OPERATORS_DROPPED) + topology.forgotten;
    faults += Atomics.load(board.control, Control.AGENT_ERRORS);
    tasksDropped += Atomics.load(board.control, Control.TASKS_DROPPED);
    topology.forgetEnded();
    known.delete(thread);
  }

  function lookAt(thread: KnownThread, { nowMs: atMs, periodMs, epoch, loopBlockedMs }: ThreadsLook): void {
    const { board, topology } = thread;
    const over = Atomics.load(board.control, Control.EXIT) === 1 || Atomics.load(board.control, Control.STOP) === 1;
    board.clock[Clock.NOW_MS] = atMs;
    Atomics.store(board.control, Control.EPOCH, epoch);
    Atomics.store(board.control, Control.PULSE, 1);
    const running = runningOperator(board);
    thread.verdict = thread.watchdog.look({
      nowMs: atMs,
      periodMs,
      beatMs: board.clock[Clock.BEAT_MS] ?? 0,
      held: thread.searching,
      loopStarted: Atomics.load(board.control, Control.LOOP_STARTED) === 1,
      runningOperator: running,
      limitMs: loopBlockedMs,
    });
    topology.look({ nowMs: atMs, periodMs, ...thread.verdict }, running);
    if (over) end(thread.thread);
  }

  /** With a thread end its operators, and the threads that it has started. */
  function end(id: number): void {
    const thread = known.get(id);
    if (thread === undefined || thread.ended) return;
    thread.ended = true;
    thread.channel.close();
    thread.topology.endAll(nowMs());
    onEnded(id);
    for (const child of thread.children) end(child);
  }

  function listen(name: string, receive: (data: unknown) => void): BroadcastChannel {
    const opened = new BroadcastChannel(name);
    opened.onmessage = ({ data }: { data: unknown }) => guard(() => receive(data));
    return opened;
  }
}
