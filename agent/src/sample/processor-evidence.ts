import {
  EvidenceTrigger,
  FrameOrigin,
  NativeCall,
  type Sample,
  SampleKind,
  type ThreadState,
} from '@streamgauge/proto';
import { nanoseconds } from '../thread/nanoseconds.ts';
import { blockingOperator, operatorByName } from './blocking-operator.ts';
import type { RawFrame } from './call-sites.ts';
import { groupStacks, locationMessage, sampleMessages, withoutExpression } from './frames.ts';
import { HELPER_EXPRESSION } from './main-helper.ts';
import { type MainSession, NoAnswerError } from './main-session.ts';
import { findOperator } from './operator-place.ts';
import { profileProcessor } from './processor-profile.ts';
import { type EvidenceInit, NO_INSPECTOR, type SamplerOptions } from './sampling.ts';
import { lookAtThread, summariseLooks, type ThreadLook } from './thread-state.ts';

/** How long the main thread may take to answer before it counts as being in native code. Usual are 0.1 to 5 ms. */
const ANSWER_MS = 100;
/** The same where the main thread is ready to run and the machine has no free processor for it. */
const STARVED_ANSWER_MS = 500;
const ANSWER_STEP_MS = 20;
/** Looks at a blocked main thread, when no duration is asked for. */
const LOOKS = 5;
const LOOK_PAUSE_MS = 10;
const RETURNED_BEFORE = 'stacks: the native call had returned before it could be looked at';
/** How long a main thread that has come back may take for an answer. */
const PLACE_MS = 2000;
/** How long an unanswered look waits for the return of the native call that holds it up. */
const RETURN_TIMEOUT_MS = 24 * 3600 * 1000;

/** Takes stacks of what one thread executes, the main thread or another one: it remembers a look that is unanswered. */
export interface ProcessorTaker {
  /** For that long, or a few looks when the duration is 0. */
  take(durationMs: number): Promise<EvidenceInit>;
}

/**
 * A taker that has taken nothing yet.
 *
 * @param onReturn called with what a main thread has told that had not answered at first
 */
export function createProcessorTaker(
  options: SamplerOptions,
  onReturn: (evidence: EvidenceInit) => void = () => undefined,
): ProcessorTaker {
  const { nowMs, pause, agentFolder } = options;
  const subject = options.thread === undefined ? 'the main thread' : `worker thread ${options.thread}`;
  /** A look waits for the main thread to come back from native code. */
  let waitingForReturn = false;

  return { take };

  async function take(durationMs: number): Promise<EvidenceInit> {
    const { silentMs, runningOperator } = options.loop();
    const takenUnixMs = options.unixMs();
    const startMs = nowMs();
    const threadLooks: ThreadLook[] = [];
    const noteThread = (): void => {
      const seen = lookAtThread(options.systemThread);
      if (seen !== undefined) threadLooks.push(seen);
    };
    noteThread();
    const stacks: (readonly RawFrame[])[] = [];
    let evidence: EvidenceInit = {};
    const waited = waitingForReturn;
    if (waited) await pause(LOOKS * LOOK_PAUSE_MS);
    // It may have come back in the meantime.
    if (waitingForReturn) {
      evidence = { missing: [`stacks: an earlier look still waits for ${subject} to return from native code`] };
    } else {
      const session = await options.openSession();
      if (session === undefined) {
        await pause(LOOKS * LOOK_PAUSE_MS);
        evidence = { missing: [NO_INSPECTOR] };
      } else {
        evidence = await takeThrough(session, durationMs, {
          silentMs,
          runningOperator,
          takenUnixMs,
          stacks,
          noteThread,
        });
      }
    }
    noteThread();
    const thread = summariseLooks(threadLooks, nowMs() - startMs, options.spentMs?.());
    const debuggerPaused = evidence.debuggerPaused === true && thread !== undefined && sleeps(thread);
    options.onDebugger?.(debuggerPaused);
    const inside = evidence.samples === undefined || evidence.samples.length === 0 ? insideCall(takenUnixMs) : {};
    return {
      operatorId: runningOperator || (inside.operatorId ?? 0),
      ...evidence,
      ...inside,
      debuggerPaused,
      ...(thread === undefined ? {} : { thread }),
      missing: [
        ...(evidence.missing ?? []),
        ...(thread === undefined ? ['thread state: this system does not show it'] : []),
      ],
      loopSilentNano: nanoseconds(Math.max(silentMs, options.loop().silentMs)),
      ...(options.thread === undefined ? {} : { cpuThread: options.thread }),
    };
  }

  /** What the thread itself has told of the call that it does not answer in. */
  function insideCall(takenUnixMs: number): EvidenceInit {
    const call = options.nativeCall?.();
    if (call === undefined) return {};
    const { frames, exact } = call;
    const own = options.loop().runningOperator || operatorByName(options.suspects(), frames);
    const samples = sampleMessages(SampleKind.CPU, [{ count: 1, frames }], takenUnixMs, agentFolder);
    return { operatorId: own, samples, nativeCall: exact ? NativeCall.EXACT : NativeCall.USUAL };
  }

  interface Taking {
    readonly silentMs: number;
    readonly runningOperator: number;
    readonly takenUnixMs: number;
    readonly stacks: (readonly RawFrame[])[];
    readonly noteThread: () => void;
  }

  async function takeThrough(session: MainSession, durationMs: number, taking: Taking): Promise<EvidenceInit> {
    const { stacks } = taking;
    const missing: string[] = [];
    const looks = Math.max(durationMs > 0 ? 1 : LOOKS, Math.ceil(durationMs / LOOK_PAUSE_MS));
    let idle = 0;
    let left = false;
    let samples: Sample[] | undefined;
    try {
      for (let index = 0; index < looks; index++) {
        if (index > 0) await pause(LOOK_PAUSE_MS);
        taking.noteThread();
        const frames = await lookThrough(session, taking);
        if (frames === 'native') {
          // What comes with the return of a call is about the event loop of the main thread, whose block has an incident of its own.
          left = options.thread === undefined;
          missing.push(
            `stacks: ${subject} did not answer in ${ANSWER_MS} ms of its time, so it is in native code${left ? '; its frames follow when the call returns' : ''}`,
          );
          return { samples: samplesOf(taking), missing };
        }
        if (frames.length === 0) idle += 1;
        else stacks.push(frames);
      }
      if (idle > 0) missing.push(`processor stacks: the event loop was idle in ${idle} of ${looks} looks`);
      const debuggerPaused = stacks.length === looks && stacks.every(isAtStatement) && (await isDebuggable(session));
      samples = debuggerPaused ? samplesOf(taking) : await withProfile(session, samplesOf(taking), idle, taking);
      return { samples, missing, debuggerPaused, ...(await takeSurroundings(session, taking)) };
    } catch (error) {
      if (!(error instanceof NoAnswerError)) throw error;
      missing.push(`operator and resources: ${error.message} from ${subject}`);
      return { samples: samples ?? samplesOf(taking), missing };
    } finally {
      if (!left) session.close();
    }
  }

  /** The samples, what tells most first; where most looks lead to nobody's code, those of a short profile before them. */
  async function withProfile(session: MainSession, samples: Sample[], idle: number, taking: Taking): Promise<Sample[]> {
    const telling = samples.filter(namesCode);
    const silent = samples.filter((sample) => !namesCode(sample));
    // Between two turns of a queue of promises that never runs empty, a look finds nothing at all, or a function that is just entered.
    const nothing = options.loop().blockedMs > 0 ? idle : 0;
    if (countOf(telling) > 0 && countOf(telling) >= countOf(silent) + nothing) return [...telling, ...silent];
    if (nothing === 0 && samples.length === 0) return [];
    const groups = await profileProcessor(session, pause);
    taking.stacks.push(...groups.map(({ frames }) => frames));
    const profiled = sampleMessages(SampleKind.CPU, groups, taking.takenUnixMs, agentFolder);
    return [...profiled.filter(namesCode), ...telling, ...silent, ...profiled.filter((sample) => !namesCode(sample))];
  }

  function samplesOf({ stacks, takenUnixMs }: Taking): Sample[] {
    return sampleMessages(SampleKind.CPU, groupStacks(stacks), takenUnixMs, agentFolder);
  }

  /**
   * One stack. "native" when the main thread does not answer: then the question stays open and the session with it, because
   * it is answered the moment the native call returns, still inside its caller.
   */
  async function lookThrough(session: MainSession, taking: Taking): Promise<readonly RawFrame[] | 'native'> {
    const askedMs = nowMs();
    const expression = `${HELPER_EXPRESSION}.sample()`;
    const answer = session.evaluate<RawFrame[] | undefined>(expression, RETURN_TIMEOUT_MS);
    const first = await withinOwnTime(answer.then((frames) => ({ frames })));
    if (first !== undefined) return withoutExpression(first.frames ?? []);
    waitingForReturn = true;
    answer
      .then(
        (frames) => ({ returned: withoutExpression(frames ?? []), missing: [RETURNED_BEFORE] }),
        (error: unknown) => ({ returned: [], missing: [`stacks: ${error instanceof Error ? error.message : 'lost'}`] }),
      )
      .then(async ({ returned, missing }) => {
        waitingForReturn = false;
        if (options.thread !== undefined) return;
        const samples = sampleMessages(SampleKind.CPU, groupStacks([returned]), options.unixMs(), agentFolder);
        const evidence = {
          trigger: EvidenceTrigger.LOOP_RESUMED,
          operatorId: taking.runningOperator,
          samples,
          missing: samples.length === 0 ? missing : [],
          loopSilentNano: nanoseconds(taking.silentMs + nowMs() - askedMs),
          ...(samples.some(namesCode) ? {} : await placeOfRunning(session, taking.runningOperator)),
        };
        options.send(evidence);
        onReturn(evidence);
      })
      .catch(() => undefined)
      .finally(() => session.close());
    return 'native';
  }

  /** Where the code of the operator starts that has made the call: better than nothing, when its frames have not come. */
  async function placeOfRunning(session: MainSession, operatorId: number): Promise<EvidenceInit> {
    if (operatorId === 0) return {};
    const search = { files: [], thorough: true, timeoutMs: PLACE_MS, nowMs };
    const facts = await findOperator(session, operatorId, search).catch(() => undefined);
    const [place] = facts?.places ?? [];
    if (place === undefined) return {};
    options.onLocated(operatorId, place.location);
    return { operatorLocation: locationMessage(place.location) };
  }

  /** The answer, when it comes before the main thread has run or slept for ANSWER_MS; waiting for a processor does not count. */
  async function withinOwnTime<Answer>(answer: Promise<Answer>): Promise<Answer | undefined> {
    const startMs = nowMs();
    let ownMs = 0;
    let before = lookAtThread(options.systemThread);
    for (let stepMs = startMs; ownMs < ANSWER_MS && stepMs - startMs < STARVED_ANSWER_MS; ) {
      const first = await Promise.race([answer, pause(ANSWER_STEP_MS)]);
      if (first !== undefined) return first as Answer;
      const after = lookAtThread(options.systemThread);
      const ready = before !== undefined && after?.state === 'R';
      ownMs += ready ? after.cpuMs - (before?.cpuMs ?? 0) : nowMs() - stepMs;
      before = after;
      stepMs = nowMs();
    }
    return undefined;
  }

  /** Whether the inspector listens: only then can somebody have attached a debugger. */
  async function isDebuggable(session: MainSession): Promise<boolean> {
    return (await session.evaluate<boolean>(`${HELPER_EXPRESSION}.debuggerListens()`, ANSWER_MS)) === true;
  }

  /** What else can be learnt while the main thread answers. */
  async function takeSurroundings(session: MainSession, { stacks, runningOperator }: Taking): Promise<EvidenceInit> {
    const found = await blockingOperator(session, options.suspects(), runningOperator, stacks, ANSWER_MS, nowMs);
    const [place] = found?.places ?? [];
    if (found !== undefined && place !== undefined) options.onLocated(found.id, place.location);
    return {
      resources: (await session.evaluate<string[] | undefined>(`${HELPER_EXPRESSION}.resources()`, ANSWER_MS)) ?? [],
      ...(found === undefined ? {} : { operatorId: found.id, callbackOutstanding: found.callbackOutstanding }),
      ...(place === undefined ? {} : { operatorLocation: locationMessage(place.location) }),
    };
  }
}

/** More of a processor than a thread needs that only answers looks, one after the other. */
const SLEEPING_SHARE = 0.4;

/**
 * A thread that answers looks and sleeps in the middle of code that calls nothing: no language construct does that. A debugger does.
 * What waits by itself, such as `Atomics.wait`, has a frame of its own, and a system call that waits does not answer.
 */
function sleeps({ state, cpuShare }: ThreadState): boolean {
  return state === 'S' && cpuShare <= SLEEPING_SHARE;
}

/** Whether the innermost frame is a statement of a script, be it the runtime's own: compiled functions have no file. */
function isAtStatement([innermost]: readonly RawFrame[]): boolean {
  return innermost !== undefined && innermost[1] !== '';
}

/** True when the stack leads to code that somebody wrote: the user's or a package's. */
function namesCode({ frames }: Sample): boolean {
  return frames.some(({ origin }) => origin === FrameOrigin.USER || origin === FrameOrigin.DEPENDENCY);
}

function countOf(samples: readonly Sample[]): number {
  return samples.reduce((sum, { count }) => sum + count, 0);
}
