import { threadId } from 'node:worker_threads';
import { createBoard } from '../board/board.ts';
import { Clock, Control } from '../board/layout.ts';
import { monotonicMs } from '../board/monotonic.ts';
import { startBeat } from '../main-thread/beat.ts';
import { createTracker } from '../operator/create-tracker.ts';
import { openIds } from '../operator/ids.ts';
import { installMainHelper, removeMainHelper } from '../sample/main-helper.ts';
import { createFaults } from '../thread/faults.ts';
import { undoAll } from '../undo.ts';
import { watchThreads } from './child-threads.ts';
import { createPoster, findMeeting } from './meeting.ts';
import { systemThread } from './system-thread.ts';

/** The agent's part in a worker thread; what it is called is what the process is called. */
export interface ThreadPart {
  readonly job: string;
  readonly worker: string;
  readonly running: boolean;
  stop(): void;
}

/**
 * Tracks the operators of this worker thread for the agent that runs in its process; undefined when none ran when the thread was
 * started. Clock, watchdog and connection are the agent thread's, as for the main thread.
 */
export function startInThread(): ThreadPart | undefined {
  const meeting = findMeeting();
  if (meeting === undefined) return undefined;
  const board = createBoard();
  board.clock[Clock.NOW_MS] = monotonicMs();
  const faults = createFaults(board, () => stop());
  const introduction = { thread: threadId, systemThread: systemThread(), memory: board.memory };
  const poster = createPoster(meeting.channel, introduction, monotonicMs());
  const undo: (() => void)[] = [() => poster.close()];
  let running = true;
  try {
    const { ids, brokerHeaders } = meeting;
    const tracker = createTracker({
      board,
      post: poster.post,
      onError: faults.count,
      ids: openIds(ids),
      brokerHeaders,
    });
    undo.push(() => tracker.stop());
    installMainHelper(tracker);
    undo.push(removeMainHelper);
    const children = watchThreads(poster.post);
    undo.push(children.stop);
    const look = (nowMs: number): void => {
      const welcome = Atomics.load(board.control, Control.WELCOME) === 1;
      if (!poster.look(welcome, nowMs)) {
        stop();
        return;
      }
      children.look();
      tracker.beat(nowMs);
    };
    const beat = faults.guard(look);
    undo.push(startBeat({ board, onBeat: beat, onStop: stop }));
    beat(monotonicMs());
    const onExit = faults.guard(() => {
      tracker.beat(monotonicMs());
      Atomics.store(board.control, Control.EXIT, 1);
    });
    process.on('exit', onExit);
    undo.push(() => void process.off('exit', onExit));
  } catch {
    // Nothing half done stays: the thread runs as without the agent.
    stop();
  }
  return {
    job: meeting.job,
    worker: meeting.worker,
    get running() {
      return running;
    },
    stop,
  };

  function stop(): void {
    if (!running) return;
    running = false;
    // The agent thread lets go of the board.
    Atomics.store(board.control, Control.STOP, 1);
    undoAll(undo);
  }
}
