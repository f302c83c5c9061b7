import type { FrameLocation, IncidentFrame } from '../../incident/incident.ts';
import type { BuiltInClassifier, Case, Classification } from '../classification.ts';
import { calledInto, innermost, lineToOpen, locationOf, mainStack, placeName } from '../frames.ts';
import { silentThread } from '../silent-thread.ts';

/** Synchronous calls of the runtime that do not return to JavaScript until they are done, by the name of their frame. */
const synchronousCall = /(?:Sync$|^JSON\.(?:parse|stringify)$|^runIn(?:This|New)?Context$)/;

/**
 * Processor time within which JavaScript would have answered: V8 looks for interrupts at every turn of a loop and every call.
 * An absolute time, because on a busy machine the share says more about the machine than about the thread.
 */
const workingMs = 15;
/** Where Linux lets a thread wait that writes into a full pipe. */
const pipeWrite = /^(?:anon_)?pipe_(?:write|wait_writable)$/;
const fullPipe = 'It writes into a pipe that is full, because nobody reads it.';
/** Where it lets an event loop wait: the process's own, or the one that execSync and spawnSync turn until the child has ended. */
const poll = /^(?:do_epoll_wait|ep_poll)$/;
/** Share of the observed time on a processor that counts as waiting. */
const waitingShare = 0.2;

/**
 * The main thread is inside one call that does not return: compiled code that works (`JSON.parse`, `pbkdf2Sync`), or a system
 * call that waits (`execSync`, a read from a full pipe). Frames name the call once it has returned; until then the thread's
 * state tells that it is such a call, and the operator whose code runs tells who made it.
 */
export const nativeCall: BuiltInClassifier = {
  name: 'native-call',
  classify: (subject) => {
    const name = silentThread(subject);
    if (name === undefined) return undefined;
    const frames = mainStack(subject.evidence, 'cpu');
    return frames.length > 0
      ? (fromFrames(subject, frames, name) ?? fromReturn(subject, frames, name))
      : fromThread(subject, name);
  },
};

/**
 * A call without a frame of its own, such as `JSON.parse`: what did not answer while it was blocked, and answered as soon as it
 * came back, was in compiled code; the stack is where it came back to.
 */
function fromReturn(subject: Case, frames: readonly IncidentFrame[], name: string): Classification | undefined {
  const { evidence } = subject;
  const answered = evidence.some(
    ({ trigger, samples }) => trigger !== 'loop-resumed' && samples.some(({ kind }) => kind === 'cpu'),
  );
  const returned = evidence.some(({ trigger, samples }) => trigger === 'loop-resumed' && samples.length > 0);
  const seen = answered || !returned ? undefined : fromThread(subject, name);
  const caller = innermost(frames);
  if (seen === undefined || caller === undefined) return undefined;
  return {
    ...seen,
    category: caller.origin === 'user' ? 'user' : 'system',
    confidence: 0.8,
    location: lineToOpen(frames),
    reasons: [...seen.reasons, `It came back to ${placeName(caller)}.`],
  };
}

function fromFrames(subject: Case, frames: readonly IncidentFrame[], name: string): Classification | undefined {
  const call = calledInto(frames).findLast((frame) => synchronousCall.test(lastWord(frame.function)));
  const caller = innermost(frames);
  if (call === undefined || caller === undefined) return undefined;
  const user = caller.origin === 'user';
  const told = subject.evidence.findLast((piece) => piece.samples.some((sample) => sample.frames === frames));
  const usual = told?.nativeCall === 'usual';
  const pipe = told?.nativeCall != null && told.thread !== null && pipeWrite.test(told.thread.waitChannel);
  if (usual || pipe) {
    const reasons = [
      `${name} is inside ${call.function}, which does not return before it is done.`,
      ...(pipe ? [fullPipe] : []),
      ...(usual ? [`It was called by ${placeName(caller)} before, and from nowhere else that is known.`] : []),
    ];
    const category = pipe ? 'resource' : user ? 'user' : 'system';
    const confidence = usual ? (pipe ? 0.8 : 0.7) : 0.9;
    return { category, mechanism: 'native-call', confidence, location: lineToOpen(frames), reasons };
  }
  return {
    category: user ? 'user' : 'system',
    mechanism: 'native-call',
    confidence: user ? 0.9 : 0.8,
    location: lineToOpen(frames),
    reasons: [`${name} was inside ${call.function}, which does not return before it is done.`],
  };
}

function fromThread(subject: Case, name: string): Classification | undefined {
  const thread = subject.evidence.findLast((piece) => piece.thread !== null)?.thread;
  if (thread == null) return undefined;
  const share = `${Math.round(thread.cpuShare * 100)} % of a processor`;
  const known = subject.finding.operatorId !== 0;
  const placed = subject.evidence.findLast(({ operatorLocation }) => operatorLocation !== null)?.operatorLocation;
  const decided = {
    category: known ? 'user' : 'unknown',
    mechanism: 'native-call',
    confidence: known ? 0.6 : 0.3,
    location: known ? locationOrNull(placed ?? subject.operator?.location) : null,
  };
  if (thread.state === 'R' && thread.cpuShare * thread.observedMs >= workingMs) {
    return {
      ...decided,
      reasons: [
        `No JavaScript frame could be had while ${name.toLowerCase()} uses ${share}: it works in compiled code.`,
      ],
    };
  }
  if ((thread.state === 'S' || thread.state === 'D') && thread.cpuShare <= waitingShare) {
    const place = thread.waitChannel === '' ? `system call ${thread.systemCall}` : thread.waitChannel;
    const waits = `${name} uses ${share} and sleeps in ${place}`;
    if (pipeWrite.test(thread.waitChannel)) {
      const reason = `${waits}: it writes into a pipe that is full, because nobody reads it.`;
      return { ...decided, category: 'resource', confidence: 0.8, reasons: [reason] };
    }
    if (poll.test(thread.waitChannel)) {
      const reason = `${waits}, and its event loop does not turn: it waits for a child process that it has started with a synchronous call.`;
      return { ...decided, confidence: known ? 0.8 : decided.confidence, reasons: [reason] };
    }
    return { ...decided, reasons: [`${waits}: it waits in a blocking system call.`] };
  }
  return undefined;
}

function locationOrNull(location: FrameLocation | null | undefined): FrameLocation | null {
  return location == null ? null : locationOf(location);
}

/** `Object.readFileSync` is `readFileSync`; `JSON.parse` stays whole, because `parse` alone is anybody's. */
function lastWord(name: string): string {
  if (/^JSON\./.test(name)) return name;
  return name.slice(name.lastIndexOf('.') + 1);
}
