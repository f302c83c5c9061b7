import type { WorkerEvidence } from '../model/evidence.ts';

/** The evidence about one subject: an operator under suspicion, or the main thread of a worker. */
export interface CaseFile {
  /** Oldest first; at most maxEvidence. */
  readonly evidence: readonly WorkerEvidence[];
  /** Why evidence is absent, one sentence each. */
  readonly missing: readonly string[];
  /** Rises with every change. 0: empty. */
  readonly version: number;
}

/** A file without anything in it. */
export const emptyFile: CaseFile = { evidence: [], missing: [], version: 0 };

/** How much evidence one file keeps: the first, which is closest to the beginning, and the newest. */
const maxEvidence = 4;

/**
 * The file with one more piece of evidence. Pure. When the main thread is blocked anew after it had come back, what was
 * collected before belongs to another standstill and goes. A second answer to the same request is the first one with more in it.
 */
export function addEvidence(file: CaseFile, evidence: WorkerEvidence): CaseFile {
  const anew = evidence.trigger === 'loop-blocked' && file.evidence.at(-1)?.trigger === 'loop-resumed';
  const { requestId } = evidence;
  const kept = anew ? [] : file.evidence.filter((piece) => requestId === '' || piece.requestId !== requestId);
  const all = [...kept, evidence];
  const [first] = all;
  const bounded = first === undefined || all.length <= maxEvidence ? all : [first, ...all.slice(1 - maxEvidence)];
  return { evidence: bounded, missing: anew ? [] : file.missing, version: file.version + 1 };
}

/** The file with one more reason why something is absent; a reason that is there already is not added twice. Pure. */
export function addMissing(file: CaseFile, reason: string): CaseFile {
  if (file.missing.includes(reason)) return file;
  return { ...file, missing: [...file.missing, reason].slice(-maxEvidence), version: file.version + 1 };
}
