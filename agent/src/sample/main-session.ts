import type { Session } from 'node:inspector';

/** Opens an inspector session to the main thread; undefined when this runtime has no inspector, or does not allow it. */
export type OpenMainSession = () => Promise<MainSession | undefined>;

/**
 * A session of the inspector with the main thread, or with a worker thread. The Debugger domain is enabled for a moment at most, by
 * `watchErrors`: while it is, code that awaits runs several times slower.
 */
export interface MainSession {
  /** Rejects when the thread does not answer within that time, or with an error. */
  post<Result>(method: string, parameters: object, timeoutMs: number): Promise<Result>;
  /** A value computed by the thread, also in the middle of running JavaScript. */
  evaluate<Result>(expression: string, timeoutMs: number): Promise<Result>;
  /** Calls the listener at each event of that name, until the session is closed. Only of the main thread. */
  on?(event: string, listener: (parameters: never) => void): void;
  close(): void;
}

/** The main thread did not answer in time: it runs native code, or JavaScript that cannot be interrupted. */
export class NoAnswerError extends Error {
  constructor(timeoutMs: number) {
    super(`no answer within ${timeoutMs} ms`);
    this.name = 'NoAnswerError';
  }
}

const open = new Set<MainSession>();
let ended = false;
let used = false;

/** True while a session is open. */
export function mainSessionsOpen(): boolean {
  return open.size > 0;
}

/** Whether there ever was a session: the thread must not end before the process then. */
export function mainSessionsUsed(): boolean {
  return used;
}

/** Ends every session, for good. To be called before the process ends: an open session makes Node.js wait for its debugger. */
export function closeMainSessions(): void {
  ended = true;
  for (const session of open) session.close();
}

/** Something that the inspector tells unasked. */
export interface Notification {
  readonly method: string;
  readonly params: unknown;
}

/** Opens a session. The thread that calls must never end before the process: that can abort the process. */
export async function openMainSession(
  onNotification?: (notification: Notification) => void,
): Promise<MainSession | undefined> {
  let session: Session;
  try {
    const inspector = await import('node:inspector');
    if (ended) return undefined;
    session = new inspector.Session();
    used = true;
    session.connectToMainThread();
    if (onNotification !== undefined)
      session.on('inspectorNotification', (told) => onNotification(told as unknown as Notification));
  } catch {
    return undefined;
  }
  const pending = new Set<(error: Error) => void>();
  const result: MainSession = {
    post: <Result>(method: string, parameters: object, timeoutMs: number) =>
      new Promise<Result>((resolve, reject) => {
        const timer = setTimeout(() => reject(new NoAnswerError(timeoutMs)), timeoutMs);
        const settle = (): void => {
          clearTimeout(timer);
          pending.delete(reject);
        };
        pending.add(reject);
        session.post(method, parameters, (error: Error | null, answer: unknown) => {
          settle();
          if (error !== null) reject(new Error(`${method}: ${error.message}`));
          else resolve(answer as Result);
        });
      }),
    evaluate: (expression, timeoutMs) => evaluateThrough(result, expression, timeoutMs),
    on(event, listener) {
      session.on(event, (message: { readonly params: never }) => {
        if (open.has(result)) listener(message.params);
      });
    },
    close() {
      if (!open.delete(result)) return;
      for (const reject of pending) reject(new Error('the session was closed'));
      session.disconnect();
    },
  };
  open.add(result);
  return result;
}

/** Lets the thread at the other end of a session evaluate an expression. */
export async function evaluateThrough<Result>(
  { post }: Pick<MainSession, 'post'>,
  expression: string,
  timeoutMs: number,
): Promise<Result> {
  const parameters = { expression, returnByValue: true, silent: true };
  const answer = await post<EvaluateAnswer>('Runtime.evaluate', parameters, timeoutMs);
  if (answer.exceptionDetails !== undefined) throw new Error(`the thread could not evaluate ${expression}`);
  return answer.result.value as Result;
}

interface EvaluateAnswer {
  readonly result: { readonly value?: unknown };
  readonly exceptionDetails?: unknown;
}
