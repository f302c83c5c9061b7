import { afterEach, expect, test } from 'vitest';
import type { MainSession, Notification } from '../../../../agent/src/sample/main-session.ts';
import { openThreadSession, threadOf } from '../../../../agent/src/sample/thread-session.ts';

/** A main thread whose inspector knows these worker threads; what was sent to them, and what was let go. */
function mainThread(titles: readonly string[]) {
  const sent: string[] = [];
  const closed: string[] = [];
  let tell: (notification: Notification) => void = () => undefined;
  const session = {
    post: async (method: string, params: { sessionId?: string; message?: string }) => {
      if (method === 'NodeWorker.enable') {
        for (const [index, title] of titles.entries())
          tell({ method: 'NodeWorker.attachedToWorker', params: { sessionId: `${index}`, workerInfo: { title } } });
      } else if (method === 'NodeWorker.detach') closed.push(titles[Number(params.sessionId)] ?? '');
      else sent.push(`${titles[Number(params.sessionId)]} ${params.message}`);
      return {};
    },
    close: () => closed.push('all'),
  } as unknown as MainSession;
  return {
    sent,
    closed,
    tell: (notification: Notification) => tell(notification),
    open: async (onNotification?: (notification: Notification) => void) => {
      tell = onNotification ?? tell;
      return session;
    },
  };
}

const sessions: MainSession[] = [];
afterEach(() => {
  for (const session of sessions.splice(0)) session.close();
});

test('of all threads one is asked, and the others are let go at once', async () => {
  const main = mainThread(['[worker 1]', '[worker 12] WorkerThread', '[worker 2] resize']);
  const session = await openThreadSession(2, main.open);
  if (session === undefined) throw new Error('no session');
  sessions.push(session);
  expect(main.closed).toEqual(['[worker 1]', '[worker 12] WorkerThread']);
  const answer = session.post('Runtime.evaluate', {}, 10_000);
  expect(main.sent).toEqual(['[worker 2] resize {"id":1,"method":"Runtime.evaluate","params":{}}']);
  const message = JSON.stringify({ id: 1, result: { value: 7 } });
  main.tell({ method: 'NodeWorker.receivedMessageFromWorker', params: { sessionId: '1', message: '{"id":1}' } });
  main.tell({ method: 'NodeWorker.receivedMessageFromWorker', params: { sessionId: '2', message } });
  expect(await answer).toEqual({ value: 7 });
  main.tell({ method: 'NodeWorker.attachedToWorker', params: { sessionId: '0', workerInfo: { title: '[worker 9]' } } });
  expect(main.closed).toHaveLength(3);
});

test('what was asked fails when the thread ends, and a thread that nobody knows cannot be asked', async () => {
  const main = mainThread(['[worker 1]']);
  const session = await openThreadSession(1, main.open);
  const answer = session?.post('Runtime.evaluate', {}, 10_000);
  main.tell({ method: 'NodeWorker.detachedFromWorker', params: { sessionId: '0' } });
  await expect(answer).rejects.toThrow('worker thread 1 has ended');
  await expect(openThreadSession(4, main.open)).rejects.toThrow('does not know worker thread 4');
});

test('a thread is told by the number that comes before its name', () => {
  expect(threadOf('[worker 3]')).toBe(3);
  expect(threadOf('[worker 3] [worker 4]')).toBe(3);
  expect(threadOf('Worker 3')).toBeUndefined();
});
