import WebSocket from 'ws';
import type { MainSession } from '../sample/main-session.ts';
import { NoAnswerError } from '../sample/main-session.ts';

/** Stacks and resources of one process are far smaller; what is larger is no answer to our questions. */
const MAX_ANSWER_BYTES = 64 * 1024 * 1024;

interface Answer {
  readonly id?: number;
  readonly result?: unknown;
  readonly error?: { readonly message?: string };
}

interface EvaluateAnswer {
  readonly result: { readonly value?: unknown };
  readonly exceptionDetails?: { readonly exception?: { readonly description?: string }; readonly text?: string };
}

/**
 * Opens a session of the inspector with the main thread of another process: the same questions as from the agent thread, from
 * outside. Rejects when the inspector at that address does not take it within the time.
 */
export async function connectInspector(url: string, timeoutMs: number): Promise<MainSession> {
  const socket = new WebSocket(url, {
    perMessageDeflate: false,
    maxPayload: MAX_ANSWER_BYTES,
    handshakeTimeout: timeoutMs,
    followRedirects: false,
  });
  await new Promise<void>((resolve, reject) => {
    socket.once('open', resolve);
    socket.once('error', reject);
  });
  const pending = new Map<number, (answer: Answer) => void>();
  const close = (): void => {
    socket.terminate();
    for (const settle of pending.values()) settle({ error: { message: 'the session was closed' } });
  };
  socket.on('error', close);
  socket.on('close', close);
  socket.on('message', (data) => {
    const answer = parse(String(data));
    if (answer.id !== undefined) pending.get(answer.id)?.(answer);
  });
  let lastId = 0;
  const session: MainSession = {
    post: <Result>(method: string, params: object, answerMs: number) =>
      new Promise<Result>((resolve, reject) => {
        const id = ++lastId;
        const timer = setTimeout(() => {
          pending.delete(id);
          reject(new NoAnswerError(answerMs));
        }, answerMs);
        pending.set(id, ({ result, error }) => {
          clearTimeout(timer);
          pending.delete(id);
          if (error === undefined) resolve(result as Result);
          else reject(new Error(`${method}: ${error.message ?? 'refused'}`));
        });
        if (socket.readyState === WebSocket.OPEN) socket.send(JSON.stringify({ id, method, params }));
        else pending.get(id)?.({ error: { message: 'the session was closed' } });
      }),
    async evaluate<Result>(expression: string, answerMs: number) {
      // The command line API brings `require` where this Node.js has no process.getBuiltinModule. A promise is not awaited: not
      // even a value would come back then while the event loop is blocked.
      const parameters = { expression, returnByValue: true, silent: true, includeCommandLineAPI: true };
      const { result, exceptionDetails } = await session.post<EvaluateAnswer>('Runtime.evaluate', parameters, answerMs);
      if (exceptionDetails === undefined) return result.value as Result;
      throw new Error(exceptionDetails.exception?.description ?? exceptionDetails.text ?? 'it could not be evaluated');
    },
    close,
  };
  return session;
}

function parse(text: string): Answer {
  try {
    const value: unknown = JSON.parse(text);
    return typeof value === 'object' && value !== null ? value : {};
  } catch {
    return {};
  }
}
