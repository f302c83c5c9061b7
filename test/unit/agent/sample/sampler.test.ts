import { fileURLToPath } from 'node:url';
import { create, EvidenceTrigger, NativeCall, SampleKind, SampleRequestSchema } from '@streamgauge/proto';
import { describe, expect, test } from 'vitest';
import type { Feature } from '../../../../agent/src/features.ts';
import type { MainSession } from '../../../../agent/src/sample/main-session.ts';
import { createSampler } from '../../../../agent/src/sample/sampler.ts';
import type { EvidenceInit, SamplerOptions } from '../../../../agent/src/sample/sampling.ts';
import { createSourceReader, projectFiles } from '../../../../agent/src/sample/source-files.ts';
import { sourceReading } from '../../../../agent/src/sample/source-reading.ts';

/** A main thread that answers looks when it is let, by a clock that moves with every pause of the sampler. */
function blockedThread(more: Partial<SamplerOptions> = {}) {
  let nowMs = 0;
  let answers = true;
  const waiting: (() => void)[] = [];
  const sent: EvidenceInit[] = [];
  const session = {
    evaluate: (expression: string) => {
      if (!expression.endsWith('.sample()')) return Promise.resolve(undefined);
      const frames = [['spin', '/app/spin.mjs', 2, 1]];
      return answers ? Promise.resolve(frames) : new Promise((resolve) => waiting.push(() => resolve(frames)));
    },
    post: () => Promise.reject(new Error('not here')),
    close: () => undefined,
  } as unknown as MainSession;
  const sampler = createSampler({
    systemThread: 0,
    agentFolder: '/agent/',
    openSession: async () => session,
    nowMs: () => nowMs,
    unixMs: () => nowMs,
    pause: async (ms) => {
      // The time for a whole request is never over here.
      if (ms >= 8000) await new Promise(() => undefined);
      nowMs += ms;
    },
    loop: () => ({ silentMs: 1000, blockedMs: 1000, runningOperator: 0 }),
    suspects: () => [],
    send: (evidence) => sent.push(evidence),
    onLocated: () => undefined,
    ...more,
  });
  /** Everything that is due is done. */
  const settle = () => new Promise((resolve) => setImmediate(resolve));
  return {
    sent,
    answer(now: boolean) {
      answers = now;
      if (now) for (const go of waiting.splice(0)) go();
    },
    /** So much later the watchdog looks at the same block again, and how often evidence was sent about it until then. */
    async lookAfter(ms: number): Promise<number> {
      nowMs += ms;
      sampler.loopBlocked(1);
      await settle();
      return sent.filter(({ trigger }) => trigger === EvidenceTrigger.LOOP_BLOCKED).length;
    },
    settle,
    /** What is sent for a request. */
    async ask(...kinds: SampleKind[]): Promise<EvidenceInit | undefined> {
      sampler.answer(create(SampleRequestSchema, { requestId: 'r1', kinds }));
      for (let turn = 0; turn < 20 && !sent.some(({ requestId }) => requestId === 'r1'); turn++) await settle();
      return sent.find(({ requestId }) => requestId === 'r1');
    },
  };
}

test('a block that answers is looked at once, and again after ten seconds', async () => {
  const thread = blockedThread();
  expect(await thread.lookAfter(0)).toBe(1);
  expect(await thread.lookAfter(3000)).toBe(1);
  expect(await thread.lookAfter(10_000)).toBe(2);
});

test('one that answers late although its loop does not turn was in no call that holds it up: it is looked at again soon, and not for ever', async () => {
  const thread = blockedThread();
  thread.answer(false);
  expect(await thread.lookAfter(0)).toBe(1);
  expect(thread.sent[0]?.samples).toEqual([]);
  expect(await thread.lookAfter(2000)).toBe(1);
  const counts: number[] = [];
  for (let turn = 0; turn < 6; turn++) {
    thread.answer(true);
    await thread.settle();
    thread.answer(false);
    counts.push(await thread.lookAfter(1000));
  }
  expect(counts).toEqual([2, 3, 4, 4, 4, 4]);
  thread.answer(true);
  expect(await thread.lookAfter(10_000)).toBe(5);
  expect(thread.sent.at(-1)?.samples?.[0]?.frames[0]).toMatchObject({ function: 'spin', line: 2 });
});

test('of one that does not answer is told what it has said of its call, and whose it is by the name of the function', async () => {
  const frames = [
    ['pbkdf2Sync', 'node:crypto', 0, 0],
    ['hash', '/app/hash.mjs', 9, 3],
  ] as const;
  const thread = blockedThread({
    nativeCall: () => ({ frames, exact: true }),
    suspects: () => [{ id: 7, name: 'hash', location: undefined }],
  });
  thread.answer(false);
  await thread.lookAfter(0);
  expect(thread.sent).toMatchObject([{ operatorId: 7, nativeCall: NativeCall.EXACT }]);
  expect(thread.sent[0]?.samples?.[0]?.frames.map((frame) => frame.function)).toEqual(['pbkdf2Sync', 'hash']);
  thread.answer(true);
  await thread.settle();
  expect(thread.sent.at(-1)).toMatchObject({ trigger: EvidenceTrigger.LOOP_RESUMED });
});

describe('what is switched off', () => {
  const off =
    (...features: Feature[]) =>
    (feature: Feature): boolean =>
      features.includes(feature);
  const turning = () => ({ silentMs: 0, blockedMs: 0, runningOperator: 0 });

  test('stacks of what runs: none is taken, neither unasked nor asked, and the answer says why', async () => {
    let opened = 0;
    const openSession = async () => {
      opened += 1;
      return undefined;
    };
    const thread = blockedThread({ isOff: off('cpu-sample'), openSession });
    expect(await thread.lookAfter(0)).toBe(0);
    const answer = await thread.ask(SampleKind.CPU);
    expect(answer?.missing).toEqual([expect.stringMatching(/^stacks: cpu-sample is switched off/)]);
    expect(opened).toBe(0);
  });

  test('stacks of what is awaited: the heap is not searched', async () => {
    let opened = 0;
    const openSession = async () => {
      opened += 1;
      return undefined;
    };
    const thread = blockedThread({ isOff: off('await-sample'), loop: turning, openSession });
    const answer = await thread.ask(SampleKind.AWAIT);
    expect(answer?.missing).toContainEqual(expect.stringMatching(/^await stacks: await-sample is switched off/));
    expect(opened).toBe(0);
  });

  test('reading sources: no file is opened, and the evidence says so', async () => {
    const thread = blockedThread({ isOff: off('source-reading') });
    const answer = await thread.ask(SampleKind.CPU);
    expect(answer?.missing).toContainEqual(expect.stringMatching(/^sources: source-reading is switched off/));
    const file = fileURLToPath(import.meta.url);
    expect(createSourceReader(() => 0).read(file)).toContain('no file is opened');
    expect(projectFiles(file)).not.toEqual([]);
    sourceReading.allow(false);
    expect(createSourceReader(() => 0).read(file)).toBeUndefined();
    expect(projectFiles(file)).toEqual([]);
    sourceReading.allow(true);
  });
});
