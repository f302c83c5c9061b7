import {
  type Awaited,
  type Evidence,
  EvidenceTrigger,
  type Frame,
  FrameOrigin,
  NativeCall,
  SampleKind,
} from '@streamgauge/proto';
import type { IncidentFrame, IncidentSample } from '../incident/incident.ts';
import { type CodeOwner, type OwnedLocation, workersWord } from './code-owner.ts';
import { type ConnectionFacts, type PoolFacts, readConnection, readPool } from './holdings.ts';
import { nanoToMs, readLocation } from './wire-values.ts';

/** What a worker was doing, in the domain's own form. */
export interface WorkerEvidence {
  /** Empty: the worker took it unasked. */
  readonly requestId: string;
  readonly trigger: 'request' | 'loop-blocked' | 'loop-resumed' | 'loop-drained';
  /** Operator the samples belong to. 0: unknown. */
  readonly operatorId: number;
  readonly samples: readonly EvidenceSample[];
  readonly thread: ThreadFacts | null;
  /** Worker thread that the processor's stacks, `thread` and `loopSilentMs` are of; 0: the main thread. */
  readonly cpuThread: number;
  /** The processor's stack is that of a synchronous call, as the thread has told it: of this very call, or of an earlier one; null: it is not. */
  readonly nativeCall: 'exact' | 'usual' | null;
  readonly resources: readonly string[];
  readonly missing: readonly string[];
  readonly loopSilentMs: number;
  readonly operatorLocation: OwnedLocation | null;
  readonly callbackOutstanding: boolean;
  /** What it has begun is code that awaits. */
  readonly promiseOutstanding: boolean;
  /** Nobody is left who could settle that promise. */
  readonly promiseAbandoned: boolean;
  /** The code that was given what it has held for longest has returned, and has not said what becomes of it. */
  readonly letGo: boolean;
  /** How often what it has held for longest was given to its code again. */
  readonly repeats: number;
  /** Where its last failed attempt threw, innermost first. Empty: not known. */
  readonly failureFrames: readonly IncidentFrame[];
  /** Class of a stream within the operator that is full and that nobody reads; hostile text, empty: none. */
  readonly unreadOutput: string;
  /** How long the record had been held when this was taken. 0: not told. */
  readonly heldMs: number;
  /** False: that there are no connections and pools says nothing. */
  readonly connectionsKnown: boolean;
  readonly connections: readonly ConnectionFacts[];
  readonly pools: readonly PoolFacts[];
  /** Errors that the worker has caught while it was watched; not known whose. */
  readonly caughtErrors: readonly CaughtErrorFacts[];
  /** How peers have answered meanwhile; not known whom. */
  readonly peerAnswers: readonly PeerAnswersFacts[];
  /** null: not looked at. */
  readonly garbage: GarbageFacts | null;
  /** How long a small task has waited in the runtime's thread pool. 0: it was done in time, or none was given. */
  readonly threadPoolWaitingMs: number;
  readonly takenUnixMs: number;
}

/** A stack, and what the worker has found out about it. */
export interface EvidenceSample extends IncidentSample {
  /** It passes through a function of the operator that the evidence is of. */
  readonly own?: true;
  /** By its source, the operator calls the function at its outer end, and no other that is suspended. */
  readonly called?: true;
  /** What its innermost call of the project awaits, as the source says; absent: not read. */
  readonly awaited?: AwaitedCall;
  /** The suspended call that this was made with, such as a task given to a queue: its place among the samples. */
  readonly task?: number;
}

/** An awaited expression of the source; hostile text. */
export interface AwaitedCall {
  /** What is called, such as `pool.acquire`; empty: no call. */
  readonly callee: string;
  /** Where that comes from, such as `tar` or `node:events`; empty: the project's own, or not known. */
  readonly module: string;
  /** Functions of the project were given to it. */
  readonly givenFunctions: boolean;
}

/** An error that was thrown and caught, as often as it came while it was watched for. */
export interface CaughtErrorFacts {
  /** Of its class; hostile text, like the code. */
  readonly name: string;
  /** Empty: it carries none. */
  readonly code: string;
  /** Of HTTP; 0: it carries none. */
  readonly status: number;
  readonly count: number;
  readonly watchedMs: number;
  readonly frames: readonly IncidentFrame[];
}

/** How a peer has answered over HTTP. */
export interface PeerAnswersFacts {
  /** Hostile text. */
  readonly peer: string;
  readonly answers: number;
  /** Of these, refusals that say nothing against the request. */
  readonly refused: number;
  readonly refusedStatus: number;
}

/** What the collector of garbage took of the main thread's time. */
export interface GarbageFacts {
  /** At least that share of the time, 0 to 1. */
  readonly share: number;
  readonly observedMs: number;
  readonly heapUsedBytes: number;
  /** Size at which the runtime ends the process; 0: not known. */
  readonly heapLimitBytes: number;
}

/** The main thread as the operating system saw it. */
export interface ThreadFacts {
  /** One letter as in /proc: R running, S sleeping, D waiting for a device, T stopped. */
  readonly state: string;
  /** 0 to 1. */
  readonly cpuShare: number;
  /** Kernel function it sleeps in; empty when none or not readable. */
  readonly waitChannel: string;
  /** System call number; -1 when in none. */
  readonly systemCall: number;
  readonly observedMs: number;
  /** Processor time spent since it gave no sign of life any more, or somewhat less; 0: not known. */
  readonly spentMs: number;
}

const triggers: Readonly<Record<number, WorkerEvidence['trigger']>> = {
  [EvidenceTrigger.LOOP_BLOCKED]: 'loop-blocked',
  [EvidenceTrigger.LOOP_RESUMED]: 'loop-resumed',
  [EvidenceTrigger.LOOP_DRAINED]: 'loop-drained',
};

const nativeCalls: Readonly<Record<number, WorkerEvidence['nativeCall']>> = {
  [NativeCall.EXACT]: 'exact',
  [NativeCall.USUAL]: 'usual',
};

const origins: Readonly<Record<number, IncidentFrame['origin']>> = {
  [FrameOrigin.USER]: 'user',
  [FrameOrigin.DEPENDENCY]: 'dependency',
  [FrameOrigin.NODE]: 'node',
  [FrameOrigin.AGENT]: 'agent',
  [FrameOrigin.NATIVE]: 'native',
};

/** Frames of the wire in the domain's form, innermost first. A frame of unknown origin counts as native: nobody is blamed. */
export function readFrames(frames: readonly Frame[], codeOwner: CodeOwner = workersWord): IncidentFrame[] {
  return frames.map((frame) => ({
    function: frame.function,
    file: frame.file,
    line: frame.line,
    column: frame.column,
    origin: codeOwner(frame.file, origins[frame.origin] ?? 'native'),
  }));
}

/** Evidence of the wire in the domain's form; atUnixNano is the time of its event. */
export function readEvidence(
  evidence: Evidence,
  atUnixNano: bigint,
  codeOwner: CodeOwner = workersWord,
): WorkerEvidence {
  const { thread } = evidence;
  return {
    requestId: evidence.requestId,
    trigger: triggers[evidence.trigger] ?? 'request',
    operatorId: evidence.operatorId,
    samples: evidence.samples.map((sample) => ({
      kind: sample.kind === SampleKind.AWAIT ? 'await' : 'cpu',
      takenAt: rfc3339(nanoToMs(sample.takenUnixNano)),
      count: Math.max(1, sample.count),
      frames: readFrames(sample.frames, codeOwner),
      ...(sample.settled && { settled: true as const }),
      ...(sample.deduced && { deduced: true as const }),
      ...(sample.own && { own: true as const }),
      ...(sample.called && { called: true as const }),
      ...(sample.awaited !== undefined && { awaited: readAwaited(sample.awaited) }),
      ...(sample.task > 0 && sample.task <= evidence.samples.length && { task: sample.task - 1 }),
      ...(sample.turningFrame > 0 && { turningFrame: sample.turningFrame }),
    })),
    thread:
      thread === undefined
        ? null
        : {
            state: thread.state,
            cpuShare: Number.isFinite(thread.cpuShare) ? Math.min(1, Math.max(0, thread.cpuShare)) : 0,
            waitChannel: thread.waitChannel,
            systemCall: thread.systemCall,
            observedMs: nanoToMs(thread.observedNano),
            spentMs: nanoToMs(thread.spentNano),
          },
    cpuThread: evidence.cpuThread,
    nativeCall: nativeCalls[evidence.nativeCall] ?? null,
    resources: evidence.resources,
    missing: evidence.missing,
    loopSilentMs: nanoToMs(evidence.loopSilentNano),
    operatorLocation: readLocation(evidence.operatorLocation, codeOwner),
    callbackOutstanding: evidence.callbackOutstanding,
    promiseOutstanding: evidence.promiseOutstanding,
    promiseAbandoned: evidence.promiseAbandoned,
    letGo: evidence.letGo,
    repeats: evidence.repeats,
    failureFrames: readFrames(evidence.failureFrames, codeOwner),
    unreadOutput: evidence.unreadOutput,
    heldMs: nanoToMs(evidence.heldNano),
    connectionsKnown: evidence.connectionsKnown,
    connections: evidence.connections.map(readConnection),
    pools: evidence.pools.map(readPool),
    caughtErrors: evidence.caughtErrors.map(({ name, code, status, count, watchedNano, frames }) => ({
      name,
      code,
      status,
      count: Math.max(1, count),
      watchedMs: nanoToMs(watchedNano),
      frames: readFrames(frames, codeOwner),
    })),
    peerAnswers: evidence.peerAnswers.map(({ peer, answers, refused, refusedStatus }) => ({
      peer,
      answers,
      refused: Math.min(refused, answers),
      refusedStatus,
    })),
    garbage: readGarbage(evidence.garbage),
    threadPoolWaitingMs: nanoToMs(evidence.threadPoolWaitingNano),
    takenUnixMs: nanoToMs(atUnixNano),
  };
}

function readAwaited({ callee, module, givenFunctions }: Awaited): AwaitedCall {
  return { callee, module, givenFunctions };
}

function readGarbage(garbage: Evidence['garbage']): GarbageFacts | null {
  if (garbage === undefined || garbage.observedNano === 0n) return null;
  const observedMs = nanoToMs(garbage.observedNano);
  return {
    share: Math.min(1, nanoToMs(garbage.pausedNano) / observedMs),
    observedMs,
    heapUsedBytes: Number(garbage.heapUsedBytes),
    heapLimitBytes: Number(garbage.heapLimitBytes),
  };
}

/** RFC 3339 in UTC; a time that no calendar knows becomes the nearest it does know. */
export function rfc3339(unixMs: number): string {
  const limit = 8.64e15;
  return new Date(Math.min(limit, Math.max(-limit, Number.isNaN(unixMs) ? 0 : unixMs))).toISOString();
}
