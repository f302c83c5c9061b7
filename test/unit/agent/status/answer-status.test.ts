import {
  create,
  encodeWorkerMessage,
  LIMITS,
  type StatusAnswer,
  StatusRequestSchema,
  WorkerMessageSchema,
} from '@streamgauge/proto';
import { describe, expect, test } from 'vitest';
import type { MainFacts } from '../../../../agent/src/main-thread/main-facts.ts';
import { createStatusAnswerer, type StatusAnswererOptions } from '../../../../agent/src/status/answer-status.ts';
import type { StatusFacts } from '../../../../agent/src/status/section.ts';
import { SECTIONS } from '../../../../agent/src/status/sections.ts';
import { busyTopology, facts } from './facts.ts';

const mainFacts: MainFacts = {
  heap: {
    usedBytes: 10,
    sizeBytes: 20,
    limitBytes: 30,
    externalBytes: 1,
    arrayBuffersBytes: 2,
    spaces: [{ name: 'old_space', usedBytes: 5, sizeBytes: 6 }],
  },
  loop: { activeMs: 100, idleMs: 900 },
  resources: { Timeout: 2 },
  records: [{ operator: 'enrich', key: 'order 4711', ageMs: 1500 }],
  garbage: { observedMs: 250, pausedMs: 3, collections: { minor: 2 } },
};

/** Asks once; gives the answers and how often the main thread was asked, and for what. */
async function ask(
  sections: readonly string[],
  options: Partial<StatusAnswererOptions> & { readonly known?: Partial<StatusFacts>; readonly main?: never } = {},
  main: MainFacts | 'silent' = mainFacts,
): Promise<{ readonly answers: StatusAnswer[]; readonly asked: boolean[] }> {
  const answers: StatusAnswer[] = [];
  const asked: boolean[] = [];
  const answerer = createStatusAnswerer({
    facts: () => facts(options.known),
    send: (answer) => {
      answers.push(answer);
      return true;
    },
    nowMs: () => 0,
    ...options,
    main: {
      ask: async (garbage) => {
        asked.push(garbage);
        return main === 'silent' ? undefined : main;
      },
    },
  });
  await answerer.answer(create(StatusRequestSchema, { requestId: 'r1', sections: [...sections] }));
  return { answers, asked };
}

const bodyOf = (answer: StatusAnswer | undefined, name: string) =>
  answer?.sections.find((section) => section.name === name)?.body;

describe('a request for the status', () => {
  test('is answered once, with every section, when it names none', async () => {
    const { answers, asked } = await ask([]);
    expect(answers).toHaveLength(1);
    expect(answers[0]).toMatchObject({
      requestId: 'r1',
      takenUnixNano: 1_700_000_000_000_000_000n,
      partial: false,
      missing: [],
      errorCode: '',
    });
    expect(answers[0]?.sections.map(({ name }) => name)).toEqual(SECTIONS.map(({ name }) => name));
    expect(answers[0]?.sections.every(({ version }) => version === 1)).toBe(true);
    expect(asked).toEqual([true]);
  });

  test('gives only what is asked for, asks the main thread only where it must, and names what is unknown', async () => {
    const { answers, asked } = await ask(['versions', 'threads', 'weather']);
    expect(answers[0]?.sections.map(({ name }) => name)).toEqual(['versions', 'threads']);
    expect(answers[0]?.missing).toEqual(['weather: this worker knows no such section']);
    expect(answers[0]?.partial).toBe(false);
    expect(asked).toEqual([]);
    expect((await ask(['memory'])).asked, 'garbage is watched for those who ask for it').toEqual([false]);
  });

  test('while the main thread is blocked is answered at once, partial, with what is known without it', async () => {
    const known = { loop: { ...facts().loop, blockedMs: 4000, silentMs: 4000 } };
    const { answers, asked } = await ask(['event-loop', 'memory', 'gc', 'versions'], { known });
    expect(asked).toEqual([]);
    expect(answers[0]?.partial).toBe(true);
    expect(bodyOf(answers[0], 'event-loop')).toMatchObject({ blocked: true, blockedMs: 4000 });
    expect(bodyOf(answers[0], 'memory')).toMatchObject({ mainHeap: { usedBytes: 1000, limitBytes: 4000 } });
    expect(answers[0]?.missing).toHaveLength(3);
    expect(answers[0]?.missing.every((line) => /blocked for 4000 ms/.test(line))).toBe(true);
  });

  test('that the main thread does not answer in time is partial as well', async () => {
    const { answers } = await ask(['memory'], {}, 'silent');
    expect(answers[0]).toMatchObject({
      partial: true,
      missing: [expect.stringMatching(/memory: .*event loop in time/)],
    });
  });

  test('never tells a secret', async () => {
    const { answers } = await ask([]);
    expect(JSON.stringify(answers[0]?.sections)).not.toContain('the-secret-of-this-test');
    expect(bodyOf(answers[0], 'settings')).toMatchObject({
      token: 'set',
      monitorUrl: 'wss://monitor.example:1/sub/v1/worker',
      chosen: ['monitorUrl', 'token', 'log'],
    });
  });

  test('of an address with credentials, which the settings would refuse, is told without them', async () => {
    const settings = { ...facts().settings, monitorUrl: 'ws://user:hush@host/v1/worker?token=hush', token: undefined };
    const { answers } = await ask(['settings'], { known: { settings } });
    expect(bodyOf(answers[0], 'settings')).toMatchObject({ monitorUrl: 'ws://host/v1/worker', token: 'none' });
  });

  test('stays small with a full board and the longest names', async () => {
    const topology = busyTopology(1024, (id) => String(id).padStart(LIMITS.NAME_CHARACTERS, '\u6f22'));
    const { answers } = await ask([], { known: { graphs: [{ thread: 0, topology }] } });
    const body = bodyOf(answers[0], 'operators') as { leftOut: number; operators: { id: number; heldMs: number }[] };
    expect(body.leftOut).toBe(824);
    // Held for longest first.
    expect(body.operators[0]).toMatchObject({ id: 1024, heldMs: 2024 });
    const value = answers[0] as StatusAnswer;
    const frame = encodeWorkerMessage(create(WorkerMessageSchema, { body: { case: 'statusAnswer', value } }));
    expect(frame.length).toBeLessThan(LIMITS.FRAME_BYTES / 2);
  });

  test('of which a section fails is answered with the others', async () => {
    const { answers } = await ask(['versions', 'threads'], {
      known: {
        lookAtThread: () => {
          throw new Error('no /proc today');
        },
      },
    });
    expect(answers[0]?.sections.map(({ name }) => name)).toEqual(['versions']);
    expect(answers[0]?.missing).toEqual(['threads: no /proc today']);
  });

  test('that cannot be answered gets the reason instead of silence', async () => {
    const { answers } = await ask(['versions'], {
      facts: () => {
        throw new Error('nothing is known');
      },
    });
    expect(answers).toMatchObject([
      { requestId: 'r1', errorCode: 'SG_AGENT_STATUS_FAILED', errorMessage: 'nothing is known', sections: [] },
    ]);
  });

  test('whose answer is too large gets a small one', async () => {
    const sent: StatusAnswer[] = [];
    await ask(['versions'], { send: (answer) => sent.push(answer) > 1 });
    expect(sent.map(({ errorCode }) => errorCode)).toEqual(['', 'SG_AGENT_STATUS_FAILED']);
  });

  test('comes too often: further ones of the same second are refused, those of the next one are not', async () => {
    let nowMs = 0;
    const codes: string[] = [];
    const answerer = createStatusAnswerer({
      facts: () => facts(),
      main: { ask: async () => undefined },
      nowMs: () => nowMs,
      send: ({ errorCode }) => codes.push(errorCode) > 0,
    });
    const request = create(StatusRequestSchema, { requestId: 'r', sections: ['versions'] });
    for (let count = 0; count < 30; count++) await answerer.answer(request);
    expect(codes.filter((code) => code === 'SG_AGENT_STATUS_BUSY')).toHaveLength(10);
    nowMs = 1000;
    await answerer.answer(request);
    expect(codes.at(-1)).toBe('');
  });
});

describe('the sections', () => {
  test('tell records in flight by operator, and one by one where the main thread has told them', async () => {
    const graphs = [{ thread: 0, topology: busyTopology(2) }];
    const { answers } = await ask(['in-flight'], { known: { graphs } });
    expect(bodyOf(answers[0], 'in-flight')).toEqual({
      operators: [
        { operator: 'operator 2', thread: 0, records: 1, oldestMs: 1002, oldestKey: '' },
        { operator: 'operator 1', thread: 0, records: 1, oldestMs: 1001, oldestKey: '' },
      ],
      operatorsLeftOut: 0,
      records: [{ operator: 'enrich', key: 'order 4711', ageMs: 1500 }],
    });
  });

  test('tell the threads, with the operator that each of them runs', async () => {
    const graphs = [
      { thread: 0, topology: busyTopology(1) },
      { thread: 3, topology: busyTopology(2, (id) => `other ${id}`) },
    ];
    const workerThreads = [{ thread: 3, systemThread: 99, silentMs: 900, blockedMs: 900, runningOperator: 2 }];
    const { answers } = await ask(['threads'], { known: { graphs, workerThreads } });
    expect(bodyOf(answers[0], 'threads')).toMatchObject({
      main: { systemThread: 42, state: 'S', cpuMs: 12.5, loop: 'turns', runningOperator: null },
      agent: { systemThread: 7, state: 'S' },
      workers: [{ thread: 3, systemThread: 99, loop: 'blocked', blockedMs: 900, runningOperator: 'other 2' }],
    });
  });

  test('tell what was lost and what waits', async () => {
    const { answers } = await ask(['drops']);
    expect(bodyOf(answers[0], 'drops')).toMatchObject({ reports: 1, eventsWaiting: 2, bytesWaiting: 300 });
  });
});
