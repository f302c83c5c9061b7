import type { WorkerEvidence } from '../model/evidence.ts';
import type { ConnectionFacts } from '../model/holdings.ts';

/** Somebody outside of the process of whom something is awaited, and how well that fits the record which is held. */
export interface AwaitedPeer {
  /** resource: what is short is this machine's own, such as descriptors. */
  readonly category: 'dependency' | 'resource';
  /**
   * close: asked for when the record was taken. during: asked for later, while it was held. before: asked for or lost before
   * it was taken, which explains the record only together with something else.
   */
  readonly fit: 'close' | 'during' | 'before';
  /** Attempts to connect fail, one after the other. */
  readonly mechanism?: 'disconnected';
  /** It cannot be connected to, and that was tried more than once. */
  readonly tries?: true;
  /** The peer has never been silent for this long. False: it has answered nothing yet. */
  readonly unusual: boolean;
  readonly confidence: number;
  readonly reason: string;
}

/**
 * Traffic and records are told by the same clock, which moves with the pulse of the agent; what an operator does is published
 * a little later than it happens.
 */
const clockToleranceMs = 250;
/** What has been outstanding for a smaller share of the time is something else: a ping, or a request of another operator. */
const leastShare = 0.25;
/** What began within this share of the time after the record was taken was asked for on its account. */
const closeShare = 0.2;
/** Written to again after the first write, for a larger share than this of the time since: a log, or figures. */
const ongoingShare = 0.5;
/** An answer is late when it takes this much longer than the longest of late, and this much in any case. */
const lateFactor = 1.25;
const lateMs = 100;

const confidences: Readonly<Record<AwaitedPeer['fit'], number>> = { close: 0.85, during: 0.7, before: 0.5 };
const order = ['close', 'during', 'before'] as const;

/** As the worker names child processes. */
const childName = /^child /;
/** Codes of attempts to connect that fail for want of something of this machine. */
const ownWant = /^(?:EMFILE|ENFILE|EADDRNOTAVAIL|ENOBUFS|ENOMEM|EAGAIN)$/;

/**
 * Who is being waited for, of all the connections of the worker: one on which something was asked for since the operator took
 * the record that it holds, and which is silent for longer than it ever was. A poll that waits for work is silent as long as
 * usual, and a log that is only written to has owed its answer from the beginning: neither is taken for the cause.
 *
 * @param heldMs how long the record was held when the evidence was taken
 */
export function awaitedPeer({ connections }: WorkerEvidence, heldMs: number): AwaitedPeer | undefined {
  const found = connections.flatMap((connection) => judge(connection, heldMs) ?? []);
  const [best] = found.sort((left, right) => order.indexOf(left.fit) - order.indexOf(right.fit));
  return best;
}

function judge(connection: ConnectionFacts, heldMs: number): AwaitedPeer | undefined {
  const {
    followed,
    held,
    bytesRead,
    unsentBytes,
    openMs,
    connectingMs,
    owedMs,
    wroteMs,
    readMs,
    answers,
    usualAnswerMs,
    requests,
    unreadAnswers,
    thread,
  } = connection;
  // An answer that the project does not read is not the peer's fault, nor is one that is not due yet. A thread is no peer.
  if (!followed || held || unreadAnswers > 0 || thread !== 0) return undefined;
  const latestMs = heldMs + clockToleranceMs;
  const leastMs = heldMs * leastShare;
  const fitOf = (sinceMs: number): AwaitedPeer['fit'] | undefined => {
    if (sinceMs < leastMs) return undefined;
    if (sinceMs > latestMs) return 'before';
    return sinceMs >= heldMs * (1 - closeShare) - clockToleranceMs ? 'close' : 'during';
  };
  const { peer } = connection;
  if (connection.failedAttempts > 0 && childName.test(peer)) return ended(connection, fitOf(owedMs));
  if (connection.failedAttempts > 0) return failing(connection, fitOf(connection.failingMs));
  if (connectingMs > 0) {
    const reason = `The connection to ${peer} has been asked for ${seconds(connectingMs)} ago and has not come about.`;
    return decide('dependency', fitOf(connectingMs), true, reason);
  }
  const late = (sinceMs: number): boolean => sinceMs > usualAnswerMs * lateFactor + lateMs;
  if (owedMs > 0) {
    if (!late(owedMs)) return undefined;
    // It goes on being written to although it has never answered: nobody expects an answer.
    if (answers === 0 && unsentBytes === 0 && wroteMs < owedMs * ongoingShare) return undefined;
    const fit = fitOf(owedMs);
    // Several requests may share a connection: what was asked for during the record is behind what was asked for before.
    const shared = fit === 'before' && answers > 0 && wroteMs > 0 && wroteMs <= latestMs && wroteMs >= leastMs;
    // A connection that is only written to, and was so before the record: nobody expects an answer. But it may be full.
    if (fit === 'before' && !shared) return notTaken(connection, fitOf(wroteMs));
    return decide('dependency', shared ? 'during' : fit, answers > 0, owed(connection));
  }
  if (wroteMs === 0 && readMs === 0 && bytesRead === 0 && unsentBytes === 0) {
    const reason = `${peer} has said nothing since the connection to it was asked for ${seconds(openMs)} ago, nor was anything written.`;
    const fit = openMs > 0 ? fitOf(openMs) : undefined;
    return fit === 'before' ? undefined : decide('dependency', fit, false, reason);
  }
  if (requests > 0 && readMs > 0 && late(readMs)) {
    const reason = `${peer} has begun to answer a request and has sent nothing for ${seconds(readMs)}.`;
    const fit = fitOf(readMs);
    return fit === 'before' ? undefined : decide('dependency', fit, answers > 0, reason);
  }
  if (unsentBytes > 0) {
    // Of the many who have connected, the one into which something was written on account of the record.
    if (connection.accepted) return notTaken(connection, fitOf(wroteMs));
    return decide('dependency', 'during', false, untaken(connection));
  }
  return undefined;
}

/** Something was written on account of the record, and lies there. */
function notTaken(connection: ConnectionFacts, fit: AwaitedPeer['fit'] | undefined): AwaitedPeer | undefined {
  const full = connection.unsentBytes > 0 && fit !== 'before';
  return full ? decide('dependency', fit, true, untaken(connection)) : undefined;
}

function untaken({ peer, unsentBytes }: ConnectionFacts): string {
  return `${peer} does not take what is written to it: ${unsentBytes} bytes wait.`;
}

/** A child process that has ended: what it was asked will never be answered. */
function ended(
  { peer, failure, failingMs, owedMs, answers }: ConnectionFacts,
  fit: AwaitedPeer['fit'] | undefined,
): AwaitedPeer | undefined {
  const reason = `${peer} ended ${seconds(failingMs)} ago (${failure}) and has not answered what it was asked ${seconds(owedMs)} ago.`;
  return fit === 'before' ? undefined : decide('dependency', fit, answers > 0, reason);
}

function failing(
  { peer, failedAttempts, failingMs, failure }: ConnectionFacts,
  fit: AwaitedPeer['fit'] | undefined,
): AwaitedPeer | undefined {
  const times = failedAttempts === 1 ? 'an attempt' : `${failedAttempts} attempts`;
  const reason = `Since ${seconds(failingMs)} ago ${times} to connect to ${peer} came to nothing (${failure}).`;
  const found = decide(ownWant.test(failure) ? 'resource' : 'dependency', fit, true, reason);
  if (found === undefined || failedAttempts <= 1) return found;
  return { ...found, tries: true, ...(found.category === 'dependency' && { mechanism: 'disconnected' as const }) };
}

function owed({ peer, owedMs, answers, usualAnswerMs, unsentBytes }: ConnectionFacts): string {
  if (unsentBytes > 0)
    return `${peer} does not take what is written to it: ${unsentBytes} bytes wait, the first write unanswered ${seconds(owedMs)} ago.`;
  const before =
    answers > 0
      ? `; until then its answers took ${Math.max(1, Math.round(usualAnswerMs))} ms at most`
      : '; it has not answered anything yet';
  return `${peer} owes an answer to what was written to it ${seconds(owedMs)} ago${before}.`;
}

function decide(
  category: AwaitedPeer['category'],
  fit: AwaitedPeer['fit'] | undefined,
  unusual: boolean,
  reason: string,
): AwaitedPeer | undefined {
  return fit === undefined ? undefined : { category, fit, unusual, confidence: confidences[fit], reason };
}

function seconds(ms: number): string {
  return `${(ms / 1000).toFixed(1)} s`;
}
