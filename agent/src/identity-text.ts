// By itself: the protocol's own functions for text would bring its codecs into the main thread of the worker.
import { LIMITS } from '@streamgauge/proto/limits';

/** What the monitor takes in no name of a worker or job: PROTOCOL.md, section 9, and `clampText` of the protocol. */
const hostile = /[\p{Cc}\u2028\u2029\p{Bidi_Control}]/gu;

/** Whether a name can be shown on one line as it is. */
export function isPlain(name: string): boolean {
  return name.isWellFormed() && name.search(hostile) < 0;
}

/** A name that the monitor takes, made of one that comes from elsewhere. */
export function plainName(name: string): string {
  return name.slice(0, LIMITS.IDENTITY_CHARACTERS).toWellFormed().replace(hostile, '\ufffd');
}
