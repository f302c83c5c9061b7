import {
  clampWorkerMessage,
  decodeMonitorMessage,
  decodeMonitorMessageJson,
  decodeWorkerMessage,
  decodeWorkerMessageJson,
  encodeMonitorMessage,
  encodeMonitorMessageJson,
  encodeWorkerMessage,
  encodeWorkerMessageJson,
} from '@streamgauge/proto';
import fc from 'fast-check';
import { expect, test } from 'vitest';
import { monitorMessage, workerMessage } from './arbitrary-message.ts';

const OPTIONS = { numRuns: 500 };

test('every frame of a worker survives the binary form', () => {
  fc.assert(
    fc.property(workerMessage, (message) => {
      expect(decodeWorkerMessage(encodeWorkerMessage(message))).toEqual(message);
    }),
    OPTIONS,
  );
});

test('every frame of the monitor survives the binary form', () => {
  fc.assert(
    fc.property(monitorMessage, (message) => {
      expect(decodeMonitorMessage(encodeMonitorMessage(message))).toEqual(message);
    }),
    OPTIONS,
  );
});

test('both forms say the same, for every frame of both directions', () => {
  fc.assert(
    fc.property(workerMessage, monitorMessage, (fromWorker, fromMonitor) => {
      const worker = decodeWorkerMessageJson(encodeWorkerMessageJson(fromWorker));
      expect(encodeWorkerMessage(worker)).toEqual(encodeWorkerMessage(fromWorker));
      const monitor = decodeMonitorMessageJson(encodeMonitorMessageJson(fromMonitor));
      expect(encodeMonitorMessage(monitor)).toEqual(encodeMonitorMessage(fromMonitor));
    }),
    OPTIONS,
  );
});

test('trimming a second time changes nothing more', () => {
  fc.assert(
    fc.property(workerMessage, (message) => {
      clampWorkerMessage(message);
      const once = encodeWorkerMessage(message);
      expect(clampWorkerMessage(message)).toBe(0);
      expect(encodeWorkerMessage(message)).toEqual(once);
    }),
    OPTIONS,
  );
});
