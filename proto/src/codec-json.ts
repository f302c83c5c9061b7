import {
  type DescMessage,
  fromJson,
  type JsonValue,
  type MessageShape,
  toBinary,
  toJsonString,
} from '@bufbuild/protobuf';
import {
  type MonitorMessage,
  MonitorMessageSchema,
  type WorkerMessage,
  WorkerMessageSchema,
} from '../gen/streamgauge/v1/link_pb.js';
import { ProtocolError, ProtocolErrorCode } from './errors.ts';
import { LIMITS } from './limits.ts';

/** ProtoJSON of one frame from a worker. Throws ProtocolError UNENCODABLE when a field holds a value outside its type. */
export function encodeWorkerMessageJson(message: WorkerMessage): string {
  return encode(WorkerMessageSchema, message);
}

/**
 * Reads the ProtoJSON of one frame from a worker. Fields it does not know are dropped.
 *
 * @throws ProtocolError TOO_LARGE when the text has more than `maxBytes` bytes in UTF-8, NOT_JSON, TOO_DEEP or MALFORMED;
 *   never anything else.
 */
export function decodeWorkerMessageJson(text: string, maxBytes: number = LIMITS.FRAME_BYTES): WorkerMessage {
  return decode(WorkerMessageSchema, text, maxBytes);
}

/** ProtoJSON of one frame from the monitor. Throws ProtocolError UNENCODABLE when a field holds a value outside its type. */
export function encodeMonitorMessageJson(message: MonitorMessage): string {
  return encode(MonitorMessageSchema, message);
}

/**
 * Reads the ProtoJSON of one frame from the monitor. Fields it does not know are dropped.
 *
 * @throws ProtocolError TOO_LARGE when the text has more than `maxBytes` bytes in UTF-8, NOT_JSON, TOO_DEEP or MALFORMED;
 *   never anything else.
 */
export function decodeMonitorMessageJson(text: string, maxBytes: number = LIMITS.FRAME_BYTES): MonitorMessage {
  return decode(MonitorMessageSchema, text, maxBytes);
}

function encode<Schema extends DescMessage>(schema: Schema, message: MessageShape<Schema>): string {
  try {
    // The JSON writer takes numbers as they are; the binary writer checks their range.
    toBinary(schema, message);
    return toJsonString(schema, message);
  } catch (cause) {
    throw new ProtocolError(ProtocolErrorCode.UNENCODABLE, 'The message cannot be encoded as JSON.', { cause });
  }
}

function decode<Schema extends DescMessage>(schema: Schema, text: string, maxBytes: number): MessageShape<Schema> {
  if (text.length > maxBytes || Buffer.byteLength(text) > maxBytes) {
    throw new ProtocolError(ProtocolErrorCode.TOO_LARGE, `The frame is too large; send at most ${maxBytes} bytes.`);
  }
  const value = parse(text);
  try {
    return fromJson(schema, value, { ignoreUnknownFields: true });
  } catch (cause) {
    throw new ProtocolError(ProtocolErrorCode.MALFORMED, `The JSON frame is not a ${schema.name}.`, { cause });
  }
}

function parse(text: string): JsonValue {
  if (depthOf(text) > LIMITS.JSON_DEPTH) {
    const message = `The JSON frame is nested too deeply; use at most ${LIMITS.JSON_DEPTH} levels.`;
    throw new ProtocolError(ProtocolErrorCode.TOO_DEEP, message);
  }
  try {
    return JSON.parse(text) as JsonValue;
  } catch (cause) {
    throw new ProtocolError(ProtocolErrorCode.NOT_JSON, 'The text frame is not JSON.', { cause });
  }
}

/** Deepest nesting of the text, found without parsing it: a hostile frame is refused before it costs memory. */
function depthOf(text: string): number {
  let depth = 0;
  let deepest = 0;
  let inString = false;
  for (let index = 0; index < text.length; index += 1) {
    const unit = text.charCodeAt(index);
    if (inString) {
      if (unit === BACKSLASH) index += 1;
      else if (unit === QUOTE) inString = false;
    } else if (unit === QUOTE) inString = true;
    else if (unit === OPEN_BRACE || unit === OPEN_BRACKET) {
      depth += 1;
      if (depth > deepest) deepest = depth;
    } else if (unit === CLOSE_BRACE || unit === CLOSE_BRACKET) depth -= 1;
  }
  return deepest;
}

const QUOTE = 0x22;
const BACKSLASH = 0x5c;
const OPEN_BRACE = 0x7b;
const CLOSE_BRACE = 0x7d;
const OPEN_BRACKET = 0x5b;
const CLOSE_BRACKET = 0x5d;
