import { BinaryReader } from '@bufbuild/protobuf/wire';
import type { WorkerMessage } from '../gen/streamgauge/v1/link_pb.js';
import { readReport } from '../gen/streamgauge/v1/report_reader.js';

/** First byte of a WorkerMessage that is a report: number of the field << 3, and 2 for what has a length. */
const REPORT_TAG = (2 << 3) | 2;

/**
 * Reads a frame that is a report, which is nearly every frame of a worker, much faster than the general reader. Gives
 * the very message that the general one gives; undefined where it does not understand the frame to its last byte, such as one of a
 * newer version or a broken one: ask the general reader. Only tags written with more bytes than they need are read here and refused there.
 */
export function readReportFrame(bytes: Uint8Array): WorkerMessage | undefined {
  if (bytes[0] !== REPORT_TAG) return undefined;
  try {
    const reader = new BinaryReader(bytes);
    reader.uint32();
    const value = readReport(reader);
    if (reader.pos !== bytes.length) return undefined;
    return { $typeName: 'streamgauge.v1.WorkerMessage', body: { case: 'report', value } };
  } catch {
    return undefined;
  }
}
