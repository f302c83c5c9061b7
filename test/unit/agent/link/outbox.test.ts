import { create, decodeWorkerMessage, EvidenceSchema, LifecycleSchema, Topic, WorkerState } from '@streamgauge/proto';
import { describe, expect, test } from 'vitest';
import { createOutbox, type EventPayload } from '../../../../agent/src/link/outbox.ts';

const lifecycle: EventPayload = { case: 'lifecycle', value: create(LifecycleSchema, { state: WorkerState.RUNNING }) };
const evidence = (bytes: number): EventPayload => ({
  case: 'evidence',
  value: create(EvidenceSchema, { missing: ['x'.repeat(bytes)] }),
});
const roomy = { maxEvents: 1000, maxBytes: 4_000_000 };

test('events are numbered from 1 per topic and keep their order', () => {
  const outbox = createOutbox(roomy);
  outbox.add(Topic.LIFECYCLE, 1, lifecycle);
  outbox.add(Topic.EVIDENCE, 2, evidence(1));
  outbox.add(Topic.LIFECYCLE, 3, lifecycle);
  expect(outbox.pending().map(({ topic, number }) => [topic, number])).toEqual([
    [Topic.LIFECYCLE, 1n],
    [Topic.EVIDENCE, 1n],
    [Topic.LIFECYCLE, 2n],
  ]);
});

test('the frame that is kept is the frame that is sent', () => {
  const outbox = createOutbox(roomy);
  const { body } = decodeWorkerMessage(outbox.add(Topic.LIFECYCLE, 1234.5, lifecycle)?.frame as Uint8Array);
  expect(body).toMatchObject({
    case: 'event',
    value: { topic: Topic.LIFECYCLE, number: 1n, atUnixNano: 1_235_000_000n, payload: { case: 'lifecycle' } },
  });
});

test('an acknowledgement covers everything of its topic up to its number, and nothing else', () => {
  const outbox = createOutbox(roomy);
  for (let count = 0; count < 3; count++) outbox.add(Topic.EVIDENCE, 0, evidence(10));
  outbox.add(Topic.LIFECYCLE, 0, lifecycle);
  outbox.acknowledge(Topic.EVIDENCE, 2n);
  expect(outbox.pending().map(({ topic, number }) => [topic, number])).toEqual([
    [Topic.EVIDENCE, 3n],
    [Topic.LIFECYCLE, 1n],
  ]);
  outbox.acknowledge(Topic.EVIDENCE, 999n);
  outbox.acknowledge(Topic.LIFECYCLE, 1n);
  expect({ size: outbox.size, bytes: outbox.bytes, dropped: outbox.dropped }).toEqual({
    size: 0,
    bytes: 0,
    dropped: 0,
  });
});

describe('a full outbox', () => {
  test('drops the oldest evidence first, counts it, and leaves a gap in the numbers', () => {
    const outbox = createOutbox({ maxEvents: 3, maxBytes: 1_000_000 });
    outbox.add(Topic.LIFECYCLE, 0, lifecycle);
    for (let count = 0; count < 4; count++) outbox.add(Topic.EVIDENCE, 0, evidence(10));
    expect(outbox.pending().map(({ topic, number }) => [topic, number])).toEqual([
      [Topic.LIFECYCLE, 1n],
      [Topic.EVIDENCE, 3n],
      [Topic.EVIDENCE, 4n],
    ]);
    expect(outbox.dropped).toBe(2);
  });

  test('makes room by bytes as well', () => {
    const outbox = createOutbox({ maxEvents: 100, maxBytes: 5000 });
    for (let count = 0; count < 10; count++) outbox.add(Topic.EVIDENCE, 0, evidence(1000));
    expect(outbox.bytes).toBeLessThanOrEqual(5000);
    expect(outbox.size + outbox.dropped).toBe(10);
  });

  test('never drops what matters more for what matters less', () => {
    const outbox = createOutbox({ maxEvents: 2, maxBytes: 1_000_000 });
    outbox.add(Topic.LIFECYCLE, 0, lifecycle);
    outbox.add(Topic.LIFECYCLE, 0, lifecycle);
    expect(outbox.add(Topic.EVIDENCE, 0, evidence(10))).toBeUndefined();
    expect(outbox.pending().map(({ topic }) => topic)).toEqual([Topic.LIFECYCLE, Topic.LIFECYCLE]);
    expect(outbox.dropped).toBe(1);
  });

  test('refuses a frame that no monitor would take', () => {
    const outbox = createOutbox(roomy);
    expect(outbox.add(Topic.EVIDENCE, 0, evidence(1_100_000))).toBeUndefined();
    expect(outbox.dropped).toBe(1);
  });

  test('refuses what would not even fit alone, without emptying itself in vain', () => {
    const outbox = createOutbox({ maxEvents: 10, maxBytes: 2000 });
    outbox.add(Topic.EVIDENCE, 0, evidence(1000));
    expect(outbox.add(Topic.EVIDENCE, 0, evidence(5000))).toBeUndefined();
    expect({ size: outbox.size, dropped: outbox.dropped }).toEqual({ size: 1, dropped: 1 });
  });
});
