import {
  decodeMonitorMessage,
  decodeMonitorMessageJson,
  encodeMonitorMessage,
  encodeMonitorMessageJson,
  encodeWorkerMessage,
  encodeWorkerMessageJson,
  ProtocolError,
  SUBPROTOCOL_BINARY,
  SUBPROTOCOL_JSON,
} from '@streamgauge/proto';
import { type FrameCodec, frameCodec } from '../../../monitor/src/link/frame-codec.ts';
import { MONITOR_GOLDEN } from '../../unit/proto/golden-messages.ts';
import { bytesOf, nothingToClose, type Outcome, type Target, textOf } from '../target.ts';
import { framesOf } from './worker-frames.ts';

/** Numbers at the edge of what fits, lengths that promise too much, groups. */
const BINARY_WORDS = ['\u007f\u007f\u007f', '\u0008\u0000', '\u0012\u007f', '\u001a\u0000', '\u007b\u007c', '\u0000'];
/** Numbers at the edge, names that JavaScript takes for its own, and what opens without an end. */
const JSON_WORDS = ['-1', '1e999', 'null', '[]', '{}', '"__proto__":{},', '"constructor"', '"NaN"', '\\ud800', '[[[['];

/** What a monitor reads of a worker in binary form: read or refused in one sentence, and what was read can be written again. */
export function binaryFrames(): Target {
  return {
    ...framesOf((message) => encodeWorkerMessage(message)),
    words: BINARY_WORDS,
    most: 1,
    check: ([frame]) => readAndWrite(frameCodec(SUBPROTOCOL_BINARY), frame as Uint8Array, true),
    close: nothingToClose,
  };
}

/** The same in JSON. */
export function jsonFrames(): Target {
  return {
    ...framesOf((message) => bytesOf(encodeWorkerMessageJson(message))),
    words: JSON_WORDS,
    most: 1,
    check: ([frame]) => readAndWrite(frameCodec(SUBPROTOCOL_JSON), frame as Uint8Array, false),
    close: nothingToClose,
  };
}

/** What a worker reads of a monitor, in both forms. */
export function framesOfTheMonitor(): Target {
  const messages = Object.values(MONITOR_GOLDEN);
  return {
    seeds: [
      ...messages.map((message) => encodeMonitorMessage(message)),
      ...messages.map((message) => bytesOf(encodeMonitorMessageJson(message))),
    ],
    words: [...BINARY_WORDS, ...JSON_WORDS],
    most: 1,
    check: ([frame]) => {
      const outcomes = [
        refusedOr(() => encodeMonitorMessage(decodeMonitorMessage(frame as Uint8Array))),
        refusedOr(() => encodeMonitorMessageJson(decodeMonitorMessageJson(textOf(frame as Uint8Array)))),
      ];
      return outcomes.includes('taken') ? 'taken' : 'refused';
    },
    close: nothingToClose,
  };
}

function readAndWrite(codec: FrameCodec, frame: Uint8Array, isBinary: boolean): Outcome {
  const read = codec.decode(Buffer.from(frame), isBinary);
  if (!read.ok) {
    if (read.reason === '' || /[\r\n]/.test(read.reason)) throw new Error(`This is no sentence: ${read.reason}`);
    return 'refused';
  }
  encodeWorkerMessage(read.message);
  // A number beyond what JSON can hold is refused in words.
  refusedOr(() => encodeWorkerMessageJson(read.message));
  return 'taken';
}

function refusedOr(task: () => unknown): Outcome {
  try {
    task();
    return 'taken';
  } catch (error) {
    if (!ProtocolError.is(error)) throw error;
    return 'refused';
  }
}
