import type { Finding } from '../../detect/finding.ts';
import type { IncidentFrame } from '../../incident/incident.ts';
import { awaitedPackage } from '../awaited-package.ts';
import { awaitedThread } from '../awaited-thread.ts';
import { isTurning } from '../caught-errors.ts';
import type { BuiltInClassifier, Case, Classification } from '../classification.ts';
import { calledInto, innermost, isSomebodys, lineToOpen, placeName } from '../frames.ts';
import { heldLock, isLender, taskInside } from '../held-lock.ts';
import { type OperatorStack, operatorStack } from '../operator-stack.ts';
import { type Outside, outsideOf } from '../outside.ts';
import { openPeers } from '../resources.ts';
import { handedOut, isFileRequestOpen, wayOutOf } from '../way-out.ts';
import { withoutStack } from '../without-stack.ts';

/** Parts of the runtime that talk to somebody outside the process. */
const peerModule =
  /^node:(?:net|tls|http|https|http2|dgram|dns|internal\/(?:dns|http2|deps\/undici))|^node:_(?:http|tls)/;
/** Parts of the runtime that read and write files. */
const fileModule = /^node:(?:fs|internal\/fs)\b/;
/** The runtime's HTTP client while it waits for an answer. It has no link to who called `fetch`. */
const requestFrame = /^node:internal\/deps\/undici\//;

/** Why the line of one record among several is not certain. */
const otherRecords =
  'The operator has several records at once; that this call holds the stuck one is likely and not proven.';

/** Highest confidence while no frame ties the stack to the operator. */
const unprovenConfidence = 0.4;
/** The same where the source of the operator calls what is suspended. */
const calledConfidence = 0.6;
const byItsSource = 'No frame ties this call to the operator, but its source calls the function that is suspended.';
/** Where a frame ties the call to the operator, the peer has never been silent for so long, and nothing else is waited for. */
const provenConfidence = 0.9;

/**
 * The operator waits for a promise that is not settled, and the stack of the suspended call is known. Who has to settle it is
 * told by what the worker holds: a connection on which an answer is owed since the record was taken, a pool that is used up, a
 * lock that the call holds itself. Failing these it is told by whose code is innermost: a part of the runtime that waits for
 * somebody, a package that has nothing left to wait for, or the project itself.
 */
export const awaitPending: BuiltInClassifier = {
  name: 'await-pending',
  classify: (subject) => {
    const { finding, evidence, operator } = subject;
    const stuck = finding.rule === 'record-stuck';
    if (finding.rule !== 'operator-stalled' && !stuck) return undefined;
    const locations = operator?.location == null ? [] : [operator.location];
    const stack = operatorStack(evidence, { id: finding.operatorId, name: finding.operator, locations });
    if (stack === undefined) return stuck ? undefined : unseenPromise(subject);
    // A connection, pipe or file is the runtime's own code: a suspended call of the project is another operator's.
    if (wayOutOf(finding.operator, stack.evidence.resources) !== undefined) return undefined;
    const decided = classifyStack(stack, finding);
    if (decided === undefined || (stack.certain && !stuck)) return decided;
    const unproven = stuck
      ? otherRecords
      : 'That this call belongs to the operator is likely and not proven by a frame.';
    const likely = stack.sample.called === true && !stuck;
    const confidence = Math.min(decided.confidence, likely ? calledConfidence : unprovenConfidence);
    const reason = likely ? byItsSource : unproven;
    return { ...decided, confidence, reasons: [...decided.reasons, reason] };
  },
};

/** A promise of the operator's is not settled, and nothing that is suspended leads to it. */
function unseenPromise(subject: Case): Classification | undefined {
  const piece = subject.evidence.findLast(({ promiseOutstanding }) => promiseOutstanding);
  if (piece === undefined || wayOutOf(subject.finding.operator, piece.resources) !== undefined) return undefined;
  const unseen =
    "A promise of the operator's is not settled, and no suspended call leads to it: several wait for what it waits for, or nobody can settle it any more.";
  return withoutStack(subject, piece, 'await-pending', unseen);
}

function classifyStack(stack: OperatorStack, finding: Finding): Classification | undefined {
  const { frames } = stack;
  const inner = innermost(frames);
  if (inner === undefined) return undefined;
  // Of several records at once it may be another one that has come on.
  const alone = finding.rule === 'operator-stalled';
  if (alone && isTurning(stack)) return goesRound(stack);
  const told = taskOf(stack);
  const seen = told === undefined ? whoIsAwaited(stack, inner, finding) : undefined;
  const task = told ?? (seen?.unexplained === true ? taskByPackage(stack) : undefined);
  const first = task === undefined ? undefined : innermost(task.frames);
  const verdict = task === undefined || first === undefined ? seen : whoIsAwaited(task, first, finding);
  if (verdict === undefined) return undefined;
  const inside =
    first === undefined ? [] : [`What it awaits runs a function that is suspended at ${placeName(first)}.`];
  const deduced =
    stack.sample.deduced === true ? ['No stack of it was found; its function can be suspended nowhere else.'] : [];
  return {
    category: verdict.category,
    confidence: verdict.confidence,
    mechanism: verdict.mechanism ?? 'await-pending',
    location: lineToOpen(task?.frames ?? frames),
    reasons: [
      `The operator's call awaits a promise that is not settled, at ${placeName(inner)}.`,
      ...deduced,
      ...inside,
      verdict.reason,
    ],
  };
}

/** The suspended call at the end of those that the worker has found from one to the next. */
function taskOf(stack: OperatorStack): OperatorStack | undefined {
  const { samples } = stack.evidence;
  const passed = new Set<unknown>([stack.sample]);
  let last: OperatorStack | undefined;
  for (let next = stack.sample.task; next !== undefined; ) {
    const sample = samples[next];
    if (sample === undefined || passed.has(sample) || !sample.frames.some(isSomebodys)) break;
    passed.add(sample);
    last = { ...stack, frames: sample.frames, sample };
    next = sample.task;
  }
  return last;
}

/** The same where sources could not be read: the only one that a package runs, and that begins in the same file. */
function taskByPackage(stack: OperatorStack): OperatorStack | undefined {
  if (stack.sample.awaited !== undefined) return undefined;
  const frames = taskInside(stack.frames, otherStacks(stack));
  const sample = stack.evidence.samples.find((candidate) => candidate.frames === frames);
  return frames === undefined || sample === undefined ? undefined : { ...stack, frames, sample };
}

/**
 * What the call waited for came, and it went on to wait for the next thing, without completing its record: it tries again and
 * again, or looks again and again. No answer is missing, so whose code goes round must act.
 */
function goesRound({ frames, sample }: OperatorStack): Classification {
  // What is called in each round is further in: the line to open is in the function that calls it again.
  const turning = frames.slice(Math.min(sample.turningFrame ?? 1, frames.length) - 1);
  const round = turning.some(isSomebodys) ? turning : frames;
  const place = innermost(round);
  const own = frames.some(({ origin }) => origin === 'user');
  return {
    category: own ? 'user' : 'system',
    mechanism: 'livelock',
    confidence: 0.6,
    location: lineToOpen(round),
    reasons: [
      `What the operator's call awaited${place === undefined ? '' : ` at ${placeName(place)}`} came a moment later, and it has not completed its record: it goes from one await to the next.`,
    ],
  };
}

interface Verdict {
  readonly category: string;
  /** Default: await-pending. */
  readonly mechanism?: string;
  readonly confidence: number;
  readonly reason: string;
  /** Nothing tells what the project's own promise waits for. */
  readonly unexplained?: true;
}

/** The signs in the order of what they prove. */
function whoIsAwaited(stack: OperatorStack, inner: IncidentFrame, finding: Finding): Verdict {
  const { frames, evidence } = stack;
  const { resources } = evidence;
  const outside = outsideOf(evidence, finding);
  const runtime = calledInto(frames).filter(({ origin }) => origin === 'node');
  const file = runtime.find((frame) => fileModule.test(frame.file));
  if (file !== undefined && isFileRequestOpen(resources)) {
    const reason = `The innermost frames are in ${file.file}, and a request to the file system is open.`;
    return { category: 'resource', confidence: 0.8, reason };
  }
  const lock = heldLock(frames, otherStacks(stack));
  const { pool, asked } = outside;
  if (asked !== undefined) {
    const alone = lock === undefined && pool === undefined && asked.fit === 'close' && asked.unusual;
    return alone && stack.certain ? { ...asked, confidence: provenConfidence } : asked;
  }
  if (pool !== undefined) return pool;
  if (lock !== undefined) return { category: 'user', confidence: 0.85, reason: lock };
  return byFrames(stack, inner, finding, outside, runtime);
}

function byFrames(
  stack: OperatorStack,
  inner: IncidentFrame,
  finding: Finding,
  { earlier, unknown }: Outside,
  runtime: readonly IncidentFrame[],
): Verdict {
  const { resources, connectionsKnown } = stack.evidence;
  const peers = openPeers(resources);
  const talk = runtime.find((frame) => peerModule.test(frame.file));
  if (talk !== undefined && peers.length > 0) {
    const reason = `The innermost frames are in ${talk.file}, and ${held(peers)}.`;
    return { category: 'dependency', confidence: connectionsKnown ? 0.7 : 0.8, reason };
  }
  const package_ = inner.origin === 'dependency';
  if (earlier !== undefined && package_) return earlier;
  const way = handedOut(finding, resources);
  if (package_) {
    if (isLender(inner)) {
      const reason = `${placeName(inner)} lends what somebody has to give back, and no peer owes an answer.`;
      return { category: 'user', confidence: 0.6, reason };
    }
    const own = 'The innermost awaited code belongs to an installed package';
    if (unknown.length > 0) {
      const reason = `${own}, and ${held(unknown)}, of which it is not known whether an answer is owed.`;
      return { category: 'dependency', confidence: 0.6, reason };
    }
    return { category: 'system', confidence: 0.7, reason: `${own}, and no peer owes an answer.` };
  }
  if (way !== undefined) return { ...way, confidence: way.certain ? 0.7 : 0.5 };
  const request = connectionsKnown ? undefined : soleRequest(stack);
  if (request !== undefined && peers.length > 0) {
    const reason = `An HTTP request of the process waits in ${request}, no other call of the project is suspended, and ${held(peers)}.`;
    return { category: 'dependency', confidence: 0.6, reason };
  }
  if (unknown.length > 0) {
    return { category: 'user', confidence: 0.6, reason: `It may also wait for a peer: ${held(unknown)}.` };
  }
  const asked = awaitedThread(stack.evidence, stack.evidence.heldMs || finding.heldMs);
  if (asked !== undefined) {
    const reason = `Worker thread ${asked.thread} has not answered the message that was sent to it ${(asked.owedMs / 1000).toFixed(1)} s ago.`;
    return { category: 'user', confidence: 0.8, reason, unexplained: true };
  }
  const made = awaitedPackage(stack.sample.awaited);
  if (made !== undefined) return { ...made, confidence: made.category === 'system' ? 0.6 : 0.8 };
  const reason =
    peers.length === 0 ? 'No connection is open.' : 'No connection owes an answer for the record it holds.';
  return { category: 'user', confidence: 0.8, reason, unexplained: true };
}

function held(peers: readonly string[]): string {
  return `the process holds ${peers.join(', ')} open`;
}

function otherStacks({ frames, evidence }: OperatorStack): (readonly IncidentFrame[])[] {
  return evidence.samples.flatMap((sample) =>
    sample.kind === 'await' && sample.frames !== frames ? [sample.frames] : [],
  );
}

/** Function of the runtime's HTTP client that waits, when no suspended call but the operator's can have made the request. */
function soleRequest({ frames, evidence }: OperatorStack): string | undefined {
  const awaits = evidence.samples.filter((sample) => sample.kind === 'await');
  const others = awaits.filter((sample) => sample.frames !== frames && sample.frames.some(isNamedCode));
  const request = awaits.find(({ frames: [first] }) => first?.origin === 'node' && requestFrame.test(first.file));
  return others.length === 0 ? request?.frames[0]?.function : undefined;
}

/** The module that built the pipeline and awaits its end has no function name. */
function isNamedCode(frame: IncidentFrame): boolean {
  return isSomebodys(frame) && frame.function !== '';
}
