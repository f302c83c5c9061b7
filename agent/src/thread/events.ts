import {
  create,
  EvidenceSchema,
  FailureSchema,
  FrameOrigin,
  LIMITS,
  LifecycleSchema,
  type MessageInitShape,
  type Sample,
  type WorkerState,
} from '@streamgauge/proto';
import type { EventPayload } from '../link/outbox.ts';
import { frameMessages } from '../sample/frames.ts';
import type { EvidenceInit } from '../sample/sampling.ts';
import { sourceMaps } from '../sample/source-maps.ts';
import type { ToThread } from './messages.ts';

/** The worker has entered a state. */
export function lifecyclePayload(
  state: WorkerState,
  end: Pick<MessageInitShape<typeof LifecycleSchema>, 'exitCode' | 'drained' | 'unfinishedOperatorIds'> = {},
): EventPayload {
  return { case: 'lifecycle', value: create(LifecycleSchema, { state, ...end }) };
}

/** An error that nobody caught. */
export function failurePayload(failure: Extract<ToThread, { type: 'failure' }>, agentFolder: string): EventPayload {
  // It may be the process's last word.
  sourceMaps.hurry();
  const frames = failure.stack.map(({ function: name, file, line, column }) => [name, file, line, column] as const);
  return {
    case: 'failure',
    value: create(FailureSchema, {
      name: failure.name.slice(0, LIMITS.NAME_CHARACTERS),
      message: failure.message.slice(0, LIMITS.SENTENCE_CHARACTERS),
      frames: frameMessages(frames.slice(0, LIMITS.FRAMES_PER_STACK), agentFolder),
      operatorId: failure.operatorId,
    }),
  };
}

/**
 * What the sampler took. Samples that would make the frame larger than it may be are left out, from the last one on. Says why
 * code is not told as its source, where that could be expected.
 */
export function evidencePayload(evidence: EvidenceInit): EventPayload {
  const kept: Sample[] = [];
  let bytes = 0;
  for (const sample of evidence.samples ?? []) {
    bytes += sizeOf(sample);
    if (bytes > MAX_SAMPLE_BYTES) break;
    kept.push(sample);
  }
  const left = (evidence.samples ?? []).length - kept.length;
  const missing = [...(evidence.missing ?? [])];
  if (left > 0) missing.push(`stacks: ${left} of them are too long to be sent`);
  missing.push(...sourceMaps.missing(ownFiles(kept, evidence.operatorLocation?.file)));
  const value = { ...evidence, samples: kept, missing: missing.slice(0, LIMITS.MISSING_PER_EVIDENCE) };
  return { case: 'evidence', value: create(EvidenceSchema, value) };
}

/** Files of the user's code, as they are told. */
function ownFiles(samples: readonly Sample[], operatorFile: string | undefined): string[] {
  const frames = samples.flatMap((sample) => sample.frames).filter(({ origin }) => origin === FrameOrigin.USER);
  return [...frames.map(({ file }) => file), ...(operatorFile === undefined ? [] : [operatorFile])];
}

/** What the frames may take of a frame of the protocol; the rest is enough for everything else. */
const MAX_SAMPLE_BYTES = LIMITS.FRAME_BYTES / 2;
/** What a frame takes beside its texts, at most. */
const FRAME_BYTES = 40;

function sizeOf({ frames }: Sample): number {
  let bytes = 0;
  for (const frame of frames) bytes += Buffer.byteLength(frame.function) + Buffer.byteLength(frame.file) + FRAME_BYTES;
  return bytes;
}
