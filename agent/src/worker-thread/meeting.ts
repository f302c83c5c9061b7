import { BroadcastChannel, getEnvironmentData, setEnvironmentData } from 'node:worker_threads';
import type { BoardMemory } from '../board/board.ts';
import { type IdMemory, isIdMemory } from '../operator/ids.ts';
import { MEETING_KEY } from '../registration.ts';
import type { ToThread } from '../thread/messages.ts';

/** Where the threads of a process meet its agent thread. Threads that are started from now on inherit it, and theirs as well. */
export interface Meeting {
  /** Name of the channel on which threads introduce themselves; another one for each start of the agent. */
  readonly channel: string;
  readonly ids: IdMemory;
  /** Names under which the monitor knows the process. */
  readonly job: string;
  readonly worker: string;
  /** The setting of that name. */
  readonly brokerHeaders: boolean;
}

/** How a thread introduces itself to the agent thread. */
export interface Introduction {
  readonly thread: number;
  /** Its number in the operating system; 0: not known. */
  readonly systemThread: number;
  readonly memory: BoardMemory;
}

/** Tells every thread that is started from now on where the agent thread is. Returns the function that ends it. */
export function announceMeeting(meeting: Meeting): () => void {
  setEnvironmentData(MEETING_KEY, meeting as never);
  return () => setEnvironmentData(MEETING_KEY, undefined as never);
}

/** Where this thread meets the agent thread of its process; undefined: no agent ran when it was started. */
export function findMeeting(): Meeting | undefined {
  const meeting = getEnvironmentData(MEETING_KEY) as Partial<Meeting> | undefined;
  if (typeof meeting?.channel !== 'string' || !isIdMemory(meeting.ids)) return undefined;
  return meeting as Meeting;
}

/** The channel of one thread, on which only the two of them meet. */
export function ownChannel(channel: string, thread: number): string {
  return `${channel}/${thread}`;
}

/** A thread's messages to the agent thread. */
export interface Poster {
  post(message: ToThread): void;
  /** Introduces the thread until it is welcome; false: nobody has welcomed it for too long, or it had too much to say. */
  look(welcome: boolean, nowMs: number): boolean;
  close(): void;
}

/** How long a thread waits for the agent thread, which needs a few hundred milliseconds to start on a busy machine. */
const WELCOME_MS = 30_000;
/** How many messages are kept until then. */
const MAX_WAITING = 8192;

/** Keeps what is posted until the thread is welcome. Nothing here keeps the thread alive. */
export function createPoster(channel: string, introduction: Introduction, nowMs: number): Poster {
  const waiting: ToThread[] = [];
  let own: BroadcastChannel | undefined;
  let overflown = false;
  return {
    post(message) {
      if (own !== undefined) own.postMessage(message);
      else if (waiting.length < MAX_WAITING) waiting.push(message);
      else overflown = true;
    },
    look(welcome, atMs) {
      if (own !== undefined) return true;
      if (welcome) {
        own = open(ownChannel(channel, introduction.thread));
        for (const message of waiting.splice(0)) own.postMessage(message);
        return !overflown;
      }
      // Opened for this one message: an open channel would collect the introductions of all other threads.
      const common = open(channel);
      common.postMessage(introduction);
      common.close();
      return !overflown && atMs - nowMs < WELCOME_MS;
    },
    close() {
      own?.close();
      waiting.length = 0;
    },
  };
}

function open(name: string): BroadcastChannel {
  const channel = new BroadcastChannel(name);
  channel.unref();
  return channel;
}
