import {
  checkLimits,
  clampWorkerMessage,
  decodeWorkerMessage,
  decodeWorkerMessageJson,
  encodeMonitorMessage,
  encodeMonitorMessageJson,
  type MonitorMessage,
  ProtocolError,
  SUBPROTOCOL_BINARY,
  SUBPROTOCOL_JSON,
  type WorkerMessage,
} from '@streamgauge/proto';

/** Subprotocols of the link, the preferred one first. */
export const subprotocols: readonly string[] = [SUBPROTOCOL_BINARY, SUBPROTOCOL_JSON];

/** A frame that was understood, or the sentence that says why not. */
export type DecodedFrame =
  | { readonly ok: true; readonly message: WorkerMessage; readonly trimmed: number }
  | { readonly ok: false; readonly reason: string };

/** Reads and writes the frames of one connection, in the form its subprotocol names. */
export interface FrameCodec {
  decode(data: Buffer, isBinary: boolean): DecodedFrame;
  encode(message: MonitorMessage): Uint8Array | string;
}

/** The codec of a subprotocol out of `subprotocols`. Decoding never throws. */
export function frameCodec(subprotocol: string): FrameCodec {
  const json = subprotocol === SUBPROTOCOL_JSON;
  return {
    decode: (data, isBinary) => {
      if (isBinary === json) {
        return {
          ok: false,
          reason: `A ${json ? 'binary' : 'text'} frame does not fit the subprotocol ${subprotocol}.`,
        };
      }
      try {
        const message = json ? decodeWorkerMessageJson(data.toString('utf8')) : decodeWorkerMessage(data);
        checkLimits(message);
        return { ok: true, message, trimmed: clampWorkerMessage(message) };
      } catch (error) {
        if (ProtocolError.is(error)) return { ok: false, reason: error.message };
        throw error;
      }
    },
    encode: (message) => (json ? encodeMonitorMessageJson(message) : encodeMonitorMessage(message)),
  };
}
