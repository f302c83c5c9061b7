import { expect, test, vi } from 'vitest';
import { answerThread } from '../../../../agent/src/main-thread/answer-thread.ts';
import { type MainFacts, takeMainFacts } from '../../../../agent/src/main-thread/main-facts.ts';
import { createMainThreadDesk } from '../../../../agent/src/status/ask-main.ts';
import type { FromThread, ToThread } from '../../../../agent/src/thread/messages.ts';

test('the main thread tells its heap, its loop, what keeps it alive, and records in flight with their age', async () => {
  const timers = Array.from({ length: 3 }, () => setTimeout(() => undefined, 60_000));
  const taken = await takeMainFacts(
    () => [{ operator: 'enrich', key: 'k', sinceMs: 400 }],
    () => 1000,
    0,
  );
  expect(taken.heap.usedBytes).toBeGreaterThan(1_000_000);
  expect(taken.heap.limitBytes).toBeGreaterThan(taken.heap.usedBytes);
  expect(taken.heap.spaces.map(({ name }) => name)).toContain('old_space');
  expect(taken.loop.activeMs).toBeGreaterThan(0);
  for (const timer of timers) clearTimeout(timer);
  expect(taken.resources.Timeout).toBeGreaterThanOrEqual(3);
  expect(taken.records).toEqual([{ operator: 'enrich', key: 'k', ageMs: 600 }]);
  expect(taken.garbage).toBeUndefined();
});

test('collections of garbage are counted while they are watched', async () => {
  const taking = takeMainFacts(
    () => [],
    () => 0,
    100,
  );
  // Enough for some collections of what is young.
  let kept: unknown[] = [];
  for (let round = 0; round < 200; round++) kept = Array.from({ length: 20_000 }, (_, index) => ({ index }));
  const { garbage } = await taking;
  expect(kept).toHaveLength(20_000);
  expect(garbage?.observedMs).toBeGreaterThanOrEqual(90);
  expect(garbage?.collections.minor).toBeGreaterThan(0);
  expect(garbage?.pausedMs).toBeGreaterThan(0);
});

test('a main thread that does not answer has one question before it, whoever asks', async () => {
  const posted: FromThread[] = [];
  const pauses: (() => void)[] = [];
  const desk = createMainThreadDesk(
    (message) => posted.push(message),
    () => new Promise((resolve) => pauses.push(resolve)),
  );
  const first = desk.ask(false, 300);
  const second = desk.ask(true, 300);
  expect(posted).toEqual([{ type: 'main-facts', request: 1, garbage: false }]);
  for (const end of pauses) end();
  expect(await Promise.all([first, second])).toEqual([undefined, undefined]);
  const third = desk.ask(false, 300);
  expect(posted).toHaveLength(1);
  // What was asked long ago is answered at last: that is news, too.
  desk.receive({ type: 'main-facts', request: 1, facts: { records: [] } as unknown as MainFacts });
  expect(await third).toEqual({ records: [] });
  desk.receive({ type: 'main-facts', request: 1, facts: undefined });
  void desk.ask(false, 300);
  expect(posted).toHaveLength(2);
});

test('a question that the main thread cannot answer is answered all the same, and the fault is counted', async () => {
  const posted: ToThread[] = [];
  const faults: unknown[] = [];
  const answer = answerThread({
    tracker: {
      records: () => {
        throw new Error('a fault of ours');
      },
    },
    post: (message) => posted.push(message),
    nowMs: () => 0,
    onError: (error) => faults.push(error),
  });
  answer({ type: 'main-facts', request: 5, garbage: false });
  await vi.waitFor(() => expect(posted).toEqual([{ type: 'main-facts', request: 5, facts: undefined }]));
  expect(faults).toHaveLength(1);
});
