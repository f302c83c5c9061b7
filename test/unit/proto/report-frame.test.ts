import { fromBinary } from '@bufbuild/protobuf';
import {
  create,
  encodeWorkerMessage,
  HeartbeatSchema,
  type WorkerMessage,
  WorkerMessageSchema,
} from '@streamgauge/proto';
import fc from 'fast-check';
import { expect, test } from 'vitest';
import { readReportFrame } from '../../../proto/src/report-frame.ts';
import { workerMessage } from './arbitrary-message.ts';

const reports = workerMessage.filter(({ body }) => body.case === 'report');

function general(bytes: Uint8Array): WorkerMessage | 'broken' {
  try {
    return fromBinary(WorkerMessageSchema, bytes);
  } catch {
    return 'broken';
  }
}

test('every report is read to the last byte, and is what the general reader makes of it', () => {
  fc.assert(
    fc.property(reports, (message) => {
      const bytes = encodeWorkerMessage(message);
      const read = readReportFrame(bytes);
      expect(read).toStrictEqual(general(bytes));
      expect(encodeWorkerMessage(read as WorkerMessage)).toEqual(bytes);
    }),
    { numRuns: 300 },
  );
});

test('what is broken is left to the general reader, or read as that one does', () => {
  let left = 0;
  const change = fc.record({
    at: fc.double({ min: 0, max: 1, maxExcluded: true, noNaN: true }),
    to: fc.integer({ min: 0, max: 255 }),
  });
  fc.assert(
    fc.property(reports, fc.array(change, { minLength: 1, maxLength: 4 }), fc.nat(3), (message, changes, cut) => {
      const bytes = encodeWorkerMessage(message);
      for (const { at, to } of changes) bytes[Math.floor(at * bytes.length)] = to;
      const mutilated = bytes.subarray(0, bytes.length - cut);
      const read = readReportFrame(mutilated);
      if (read === undefined) left += 1;
      else expect(read).toStrictEqual(general(mutilated));
    }),
    { numRuns: 1000 },
  );
  expect(left).toBeGreaterThan(50);
});

test('other frames, and reports with a field of a newer version, are left to the general reader', () => {
  const heartbeat = create(WorkerMessageSchema, { body: { case: 'heartbeat', value: create(HeartbeatSchema) } });
  expect(readReportFrame(encodeWorkerMessage(heartbeat))).toBeUndefined();
  expect(readReportFrame(new Uint8Array())).toBeUndefined();
  const sequenceOne = [0x08, 1];
  expect(readReportFrame(Uint8Array.from([0x12, 2, ...sequenceOne]))).toStrictEqual(
    general(Uint8Array.from([0x12, 2, ...sequenceOne])),
  );
  const fieldOfTomorrow = [0xf8, 0x3f, 1];
  expect(readReportFrame(Uint8Array.from([0x12, 5, ...sequenceOne, ...fieldOfTomorrow]))).toBeUndefined();
  const twice = [0x4a, 2, 0x08, 1];
  expect(readReportFrame(Uint8Array.from([0x12, 8, ...twice, ...twice]))).toBeUndefined();
});
