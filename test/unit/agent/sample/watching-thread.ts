import { parentPort } from 'node:worker_threads';
import { watchErrors } from '../../../../agent/src/sample/error-watch.ts';
import { openMainSession } from '../../../../agent/src/sample/main-session.ts';

/**
 * Watches the main thread whenever it is told to, as the agent's thread does, and posts what it has seen. It lives as long as the
 * process: a thread that ends after it had a session may take the process with it.
 */
parentPort?.on('message', async ({ durationMs, wanted }: { readonly durationMs: number; readonly wanted: string }) => {
  const session = await openMainSession();
  if (session === undefined) throw new Error('no session');
  const seen = await watchErrors(session, {
    nowMs: () => performance.now(),
    pause: (ms) => new Promise((resolve) => setTimeout(resolve, ms)),
    durationMs,
    isWanted: ({ code }) => code === wanted,
  });
  session.close();
  parentPort?.postMessage(seen);
});
