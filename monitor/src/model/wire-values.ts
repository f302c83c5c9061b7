import { FINISHED_EPOCH, type Location } from '@streamgauge/proto';
import { type CodeOwner, type OwnedLocation, ownedLocation } from './code-owner.ts';

/** Nanoseconds of the wire as milliseconds. */
export function nanoToMs(nano: bigint): number {
  return Number(nano) / 1e6;
}

/** An epoch of the wire as a number; Infinity: the end of input. */
export function readEpoch(epoch: bigint): number {
  return epoch === FINISHED_EPOCH ? Number.POSITIVE_INFINITY : Number(epoch);
}

/** A place in source code, or null when the file is not known. The one before is given again where it is the same. */
export function readLocation(
  location: Location | undefined,
  codeOwner: CodeOwner,
  before: OwnedLocation | null = null,
): OwnedLocation | null {
  if (location === undefined || location.file === '') return null;
  const { function: name, file, line, column } = location;
  if (before?.function === name && before.file === file && before.line === line && before.column === column)
    return before;
  return ownedLocation({ function: name, file, line, column }, codeOwner);
}
