import { type DescMessage, fromBinary, type MessageShape, toBinary } from '@bufbuild/protobuf';
import {
  type MonitorMessage,
  MonitorMessageSchema,
  type WorkerMessage,
  WorkerMessageSchema,
} from '../gen/streamgauge/v1/link_pb.js';
import { ProtocolError, ProtocolErrorCode } from './errors.ts';
import { LIMITS } from './limits.ts';
import { readReportFrame } from './report-frame.ts';

/** Bytes of one frame from a worker. Throws ProtocolError UNENCODABLE when a field holds a value outside its type. */
export function encodeWorkerMessage(message: WorkerMessage): Uint8Array {
  return encode(WorkerMessageSchema, message);
}

/**
 * Reads one frame from a worker. Fields it does not know are kept and written again.
 *
 * @throws ProtocolError TOO_LARGE when there are more than `maxBytes` bytes, else MALFORMED; never anything else.
 */
export function decodeWorkerMessage(bytes: Uint8Array, maxBytes: number = LIMITS.FRAME_BYTES): WorkerMessage {
  const report = bytes.byteLength <= maxBytes ? readReportFrame(bytes) : undefined;
  return report ?? decode(WorkerMessageSchema, bytes, maxBytes);
}

/** Bytes of one frame from the monitor. Throws ProtocolError UNENCODABLE when a field holds a value outside its type. */
export function encodeMonitorMessage(message: MonitorMessage): Uint8Array {
  return encode(MonitorMessageSchema, message);
}

/**
 * Reads one frame from the monitor. Fields it does not know are kept and written again.
 *
 * @throws ProtocolError TOO_LARGE when there are more than `maxBytes` bytes, else MALFORMED; never anything else.
 */
export function decodeMonitorMessage(bytes: Uint8Array, maxBytes: number = LIMITS.FRAME_BYTES): MonitorMessage {
  return decode(MonitorMessageSchema, bytes, maxBytes);
}

/**
 * True for a frame that carries nothing this version can act on: it is empty, or its body comes from a newer version. Such a
 * frame is no error; it is ignored and counted.
 */
export function hasUnknownBody(message: WorkerMessage | MonitorMessage): boolean {
  return message.body.case === undefined;
}

function encode<Schema extends DescMessage>(schema: Schema, message: MessageShape<Schema>): Uint8Array {
  try {
    return toBinary(schema, message);
  } catch (cause) {
    throw new ProtocolError(ProtocolErrorCode.UNENCODABLE, `The message cannot be encoded: ${reason(cause)}.`, {
      cause,
    });
  }
}

function decode<Schema extends DescMessage>(schema: Schema, bytes: Uint8Array, maxBytes: number): MessageShape<Schema> {
  if (bytes.byteLength > maxBytes) {
    const message = `The frame has ${bytes.byteLength} bytes; send at most ${maxBytes}.`;
    throw new ProtocolError(ProtocolErrorCode.TOO_LARGE, message);
  }
  try {
    return fromBinary(schema, bytes);
  } catch (cause) {
    throw new ProtocolError(ProtocolErrorCode.MALFORMED, `The frame is not a ${schema.name}: ${reason(cause)}.`, {
      cause,
    });
  }
}

// The library's messages name wire types and its own fields, never what the peer sent.
function reason(cause: unknown): string {
  return cause instanceof Error ? cause.message.slice(0, 200) : 'unknown reason';
}
