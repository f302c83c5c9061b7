import type { FrameLocation, IncidentFrame } from '../incident/incident.ts';
import type { EvidenceSample, WorkerEvidence } from '../model/evidence.ts';
import { isSomebodys } from './frames.ts';

/** A suspended call, and how sure it is that it belongs to the operator. */
export interface OperatorStack {
  readonly frames: readonly IncidentFrame[];
  readonly sample: EvidenceSample;
  readonly evidence: WorkerEvidence;
  /** True: a frame proves it. False: it is the best guess among what the worker sent. */
  readonly certain: boolean;
}

/** What is known of the operator whose stack is looked for. */
export interface SoughtOperator {
  readonly id: number;
  readonly name: string;
  /** Where its code starts, or failing that where it was put into the pipeline. */
  readonly locations: readonly FrameLocation[];
}

/** Methods by which a stream runs its operator's code. */
const streamMethod = /^(?:.*\.)?_?(?:transform|write|writev|flush|final)$/;

/** The worker has found it in a function of the operator's. */
const ownRank = 5;
/** By its source, a function of the operator's calls it: more than a guess by its name, and no proof. */
const calledRank = 1.5;
/** From this rank on a stack counts as the operator's. */
export const certainRank = 2;

/**
 * The suspended call of the operator among those the worker sent. The worker puts the ones it could tie first; which one it is
 * is judged here from the frames, because a dump holds every suspended call of the process, also `await pipeline(...)` itself.
 */
export function operatorStack(
  evidence: readonly WorkerEvidence[],
  operator: SoughtOperator,
): OperatorStack | undefined {
  for (const piece of evidence.toReversed()) {
    if (piece.operatorId === 0 || piece.operatorId !== operator.id) continue;
    const locations =
      piece.operatorLocation === null ? operator.locations : [piece.operatorLocation, ...operator.locations];
    const ranked = piece.samples
      .filter((sample) => sample.kind === 'await' && sample.frames.some(isSomebodys))
      .map((sample) => {
        const { frames, own, called } = sample;
        const rank = own === true ? ownRank : rankOf(frames, operator.name, locations);
        return { sample, frames, rank: called === true ? Math.max(rank, calledRank) : rank };
      })
      .filter(({ frames, rank }) => rank > 0 || frames.some((frame) => isSomebodys(frame) && frame.function !== ''));
    if (ranked.length === 0) continue;
    const best = ranked.reduce((most, stack) =>
      stack.rank > most.rank || (stack.rank === most.rank && isFurther(stack.frames, most.frames)) ? stack : most,
    );
    const { frames, sample, rank } = best;
    if (rank > 0) return { frames, sample, evidence: piece, certain: rank >= certainRank };
    // Nothing ties any of several calls to the operator: naming one of them would be a guess. In most workers somebody waits for
    // good, such as for a signal: the only call is a likely one when it is in a file of the operator's, or, where none is known,
    // when a call is what the operator waits for.
    if (locations.length === 0 && piece.callbackOutstanding && !piece.promiseOutstanding) continue;
    const guesses = locations.length === 0 ? ranked : ranked.filter((stack) => isNear(stack.frames, locations));
    const [only] = guesses;
    if (only !== undefined && guesses.length === 1) {
      return { frames: only.frames, sample: only.sample, evidence: piece, certain: false };
    }
  }
  return undefined;
}

/**
 * Of two calls of the same function, the one that has come further in it: it may hold what the other one waits for, such as the
 * first of two locks, and it is the older one.
 */
function isFurther(stack: readonly IncidentFrame[], than: readonly IncidentFrame[]): boolean {
  for (let left = stack.length - 1, right = than.length - 1; left >= 0 && right >= 0; left--, right--) {
    const [one, other] = [stack[left] as IncidentFrame, than[right] as IncidentFrame];
    if (one.file !== other.file || one.function !== other.function) return false;
    if (one.line !== other.line) return one.line > other.line;
  }
  return false;
}

/** Whether a function with a name is in a file in which the operator's code starts. */
function isNear(frames: readonly IncidentFrame[], locations: readonly FrameLocation[]): boolean {
  return frames.some(
    (frame) => isSomebodys(frame) && frame.function !== '' && locations.some(({ file }) => file === frame.file),
  );
}

function rankOf(frames: readonly IncidentFrame[], name: string, locations: readonly FrameLocation[]): number {
  return frames.filter(isSomebodys).reduce((most, frame) => Math.max(most, rankOfFrame(frame, name, locations)), 0);
}

/**
 * 4: the operator's own function. 3: a function, class or file of the operator's name. 2: a later line of a file in which its
 * code starts, in a stream's method. 1: some stream's method, or an arrow function in such a file. 0: nothing, such as the module that built the pipeline and awaits its end.
 */
export function rankOfFrame(frame: IncidentFrame, name: string, locations: readonly FrameLocation[]): number {
  if (frame.function === '') return isInArrow(frame, locations) ? 1 : 0;
  const sameFile = locations.filter(({ file }) => file === frame.file);
  if (sameFile.some((location) => location.function !== '' && location.function === frame.function)) return 4;
  const wanted = name.toLowerCase();
  const words = [...frame.function.toLowerCase().split('.'), baseName(frame.file)];
  if (wanted !== '' && words.includes(wanted)) return 3;
  if (sameFile.some(({ line }) => frame.line >= line) && streamMethod.test(frame.function)) return 2;
  return streamMethod.test(frame.function) ? 1 : 0;
}

/**
 * An arrow function without a name, which the operator's code is known to be; column 1 is an await of the module itself. A
 * module that builds a pipeline and awaits its end has no name either, and is never the operator.
 */
function isInArrow(frame: IncidentFrame, locations: readonly FrameLocation[]): boolean {
  if (frame.column === 1) return false;
  return locations.some((place) => place.function === '' && place.file === frame.file && frame.line >= place.line);
}

/** `/app/enrich.ts` is `enrich`. */
function baseName(file: string): string {
  const last = file.slice(Math.max(file.lastIndexOf('/'), file.lastIndexOf('\\')) + 1).toLowerCase();
  const dot = last.indexOf('.');
  return dot < 0 ? last : last.slice(0, dot);
}
