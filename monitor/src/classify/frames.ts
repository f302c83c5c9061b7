import type { FrameLocation, IncidentFrame, IncidentSample } from '../incident/incident.ts';
import type { OwnedLocation } from '../model/code-owner.ts';
import type { WorkerEvidence } from '../model/evidence.ts';

/** The stack seen most often among the samples of that kind, newest evidence first. */
export function mainStack(evidence: readonly WorkerEvidence[], kind: IncidentSample['kind']): readonly IncidentFrame[] {
  for (const piece of evidence.toReversed()) {
    const stacks = piece.samples.filter((sample) => sample.kind === kind && sample.frames.some(isSomebodys));
    if (stacks.length > 0) return stacks.reduce((most, sample) => (sample.count > most.count ? sample : most)).frames;
  }
  return [];
}

/** Whether a frame is code that a person can change or replace: theirs, or an installed package. */
export function isSomebodys(frame: IncidentFrame): boolean {
  return (frame.origin === 'user' || frame.origin === 'dependency') && frame.file !== '';
}

/** Whether a place is in an installed package. */
export function isInstalled(location: OwnedLocation | null): boolean {
  return location?.origin === 'dependency';
}

/** The innermost frame of user code or an installed package. */
export function innermost(frames: readonly IncidentFrame[]): IncidentFrame | undefined {
  return frames.find(isSomebodys);
}

/** The line a person should open first: the innermost one of their own code, else of the package they installed. */
export function lineToOpen(frames: readonly IncidentFrame[]): FrameLocation | null {
  const frame = frames.find((candidate) => candidate.origin === 'user' && candidate.file !== '') ?? innermost(frames);
  return frame === undefined ? null : locationOf(frame);
}

/** Frames of the runtime above the first one of somebody's code, innermost first: what that code had called. */
export function calledInto(frames: readonly IncidentFrame[]): readonly IncidentFrame[] {
  const first = frames.findIndex(isSomebodys);
  return frames.slice(0, first === -1 ? frames.length : first).filter((frame) => frame.origin !== 'agent');
}

/** The place alone, without what else is known of it. */
export function locationOf(place: FrameLocation): FrameLocation {
  return { function: place.function, file: place.file, line: place.line, column: place.column };
}

/** A place as people write it: function, file and line. */
export function placeName(location: FrameLocation): string {
  const where = `${location.file}:${location.line}`;
  return location.function === '' ? where : `${location.function} (${where})`;
}

/** The name of a function without that of its class: `Runner.bill` is `bill`. */
export function plainName({ function: name }: Pick<IncidentFrame, 'function'>): string {
  return name.slice(name.lastIndexOf('.') + 1);
}
