import {
  create,
  EventSchema,
  encodeWorkerMessage,
  FrameSchema,
  LIMITS,
  SampleSchema,
  Topic,
  WorkerMessageSchema,
  WorkerState,
} from '@streamgauge/proto';
import { expect, test } from 'vitest';
import { evidencePayload, failurePayload, lifecyclePayload } from '../../../../agent/src/thread/events.ts';

test('only the end of a worker has an exit code', () => {
  expect(lifecyclePayload(WorkerState.RUNNING).value).not.toHaveProperty('exitCode', 0);
  expect(lifecyclePayload(WorkerState.FAILED, { exitCode: 3 }).value).toMatchObject({
    state: WorkerState.FAILED,
    exitCode: 3,
  });
});

test('the text of a failure is cut to what the protocol takes', () => {
  const failure = {
    type: 'failure',
    name: 'E'.repeat(999),
    message: 'm'.repeat(9999),
    stack: [],
    operatorId: 4,
  } as const;
  expect(failurePayload(failure, '/agent/').value).toMatchObject({
    name: 'E'.repeat(LIMITS.NAME_CHARACTERS),
    message: 'm'.repeat(LIMITS.SENTENCE_CHARACTERS),
    operatorId: 4,
  });
});

test('evidence with the longest possible stacks still fits into a frame, and says what was left out', () => {
  const frame = create(FrameSchema, {
    function: 'ü'.repeat(200),
    file: '/ü'.repeat(500),
    line: 2 ** 31,
    column: 2 ** 31,
  });
  const sample = create(SampleSchema, {
    count: 1,
    frames: Array.from({ length: LIMITS.FRAMES_PER_STACK }, () => frame),
  });
  const payload = evidencePayload({ samples: Array.from({ length: LIMITS.SAMPLES_PER_EVIDENCE }, () => sample) });
  const event = create(EventSchema, { topic: Topic.EVIDENCE, number: 1n, payload });
  const bytes = encodeWorkerMessage(create(WorkerMessageSchema, { body: { case: 'event', value: event } }));
  expect(bytes.length).toBeLessThan(LIMITS.FRAME_BYTES);
  expect(payload.value).toMatchObject({ missing: [expect.stringMatching(/^stacks: \d+ of them are too long/)] });
});
