import {
  evaluateThrough,
  type MainSession,
  NoAnswerError,
  type Notification,
  openMainSession,
} from './main-session.ts';

/** The main thread passes everything on, also in the middle of running JavaScript; not while it is in native code. */
const ATTACH_MS = 3000;
const DETACH_MS = 5000;

/** What the inspector says when it is attached to a worker thread. */
interface Attached {
  readonly sessionId: string;
  readonly workerInfo: { readonly title: string };
}

/**
 * Opens a session with a worker thread of this process, also while that thread never comes back to its event loop. There is one
 * way only: through the main thread, whose inspector knows all threads, the ones that threads have started as well. It attaches
 * to all of them; those that are not wanted, the agent's own among them, are let go at once and never asked for anything.
 *
 * @throws Error when the thread is not to be reached, with the reason
 */
export async function openThreadSession(
  thread: number,
  open: typeof openMainSession = openMainSession,
): Promise<MainSession | undefined> {
  const waiting = new Map<number, (answer: Answer | undefined) => void>();
  const others: string[] = [];
  let wanted: string | undefined;
  let entered = false;
  let asked = 0;
  const main = await open(onNotification);
  if (main === undefined) return undefined;
  const session: MainSession = {
    post: (method, parameters, timeoutMs) => post(main, method, parameters, timeoutMs),
    evaluate: (expression, timeoutMs) => evaluateThrough(session, expression, timeoutMs),
    close() {
      main.close();
      endAll();
    },
  };
  try {
    await main.post('NodeWorker.enable', { waitForDebuggerOnStart: false }, ATTACH_MS);
  } catch (error) {
    main.close();
    if (!(error instanceof NoAnswerError)) throw error;
    throw new Error(`worker thread ${thread} is reached through the main thread only, which does not answer`);
  }
  entered = true;
  for (const sessionId of others.splice(0)) letGo(main, sessionId);
  if (wanted === undefined) {
    main.close();
    throw new Error(`the inspector does not know worker thread ${thread}`);
  }
  return session;

  function onNotification({ method, params }: Notification): void {
    if (method === 'NodeWorker.attachedToWorker') {
      const { sessionId, workerInfo } = params as Attached;
      if (wanted === undefined && threadOf(workerInfo.title) === thread) wanted = sessionId;
      else if (!entered) others.push(sessionId);
      else if (main !== undefined) letGo(main, sessionId);
      return;
    }
    if ((params as { sessionId?: unknown }).sessionId !== wanted) return;
    if (method === 'NodeWorker.receivedMessageFromWorker') {
      const answer = JSON.parse((params as { message: string }).message) as Answer;
      if (answer.id !== undefined) waiting.get(answer.id)?.(answer);
    } else if (method === 'NodeWorker.detachedFromWorker') endAll();
  }

  function post<Result>(via: MainSession, method: string, params: object, timeoutMs: number): Promise<Result> {
    const id = ++asked;
    return new Promise<Result>((resolve, reject) => {
      const end = (): void => {
        clearTimeout(timer);
        waiting.delete(id);
      };
      const fail = (error: Error): void => {
        end();
        reject(error);
      };
      const timer = setTimeout(() => fail(new NoAnswerError(timeoutMs)), timeoutMs);
      waiting.set(id, (answer) => {
        if (answer === undefined)
          fail(new Error(`worker thread ${thread} has ended, or the session with it was closed`));
        else if (answer.error !== undefined) fail(new Error(`${method}: ${answer.error.message}`));
        else {
          end();
          resolve(answer.result as Result);
        }
      });
      const message = JSON.stringify({ id, method, params });
      via.post('NodeWorker.sendMessageToWorker', { sessionId: wanted, message }, timeoutMs).catch(fail);
    });
  }

  function endAll(): void {
    for (const settle of [...waiting.values()]) settle(undefined);
  }
}

interface Answer {
  readonly id?: number;
  readonly result?: unknown;
  readonly error?: { readonly message: string };
}

function letGo(main: MainSession, sessionId: string): void {
  main.post('NodeWorker.detach', { sessionId }, DETACH_MS).catch(() => undefined);
}

/** The runtime puts the number of the thread first; what follows is a name that the program may have given it. */
export function threadOf(title: string): number | undefined {
  const number = /^\[worker (\d+)\]/.exec(title)?.[1];
  return number === undefined ? undefined : Number(number);
}
