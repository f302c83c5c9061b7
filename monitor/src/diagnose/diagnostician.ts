import { create, SampleRequestSchema } from '@streamgauge/proto';
import type { Finding } from '../detect/finding.ts';
import type { WorkerEvidence } from '../model/evidence.ts';
import type { SampleRequester } from '../progress-monitor.ts';
import { addEvidence, addMissing, type CaseFile, emptyFile } from './case-file.ts';
import { isFull, type SampleBudget, takeSample } from './sample-budget.ts';

/** How often workers are asked and for how long evidence is held; all milliseconds unless said. */
export interface DiagnosisLimits {
  /** In this time an operator may be asked for one sample more: each one pauses the worker. */
  readonly requestPauseMs: number;
  /** How long an answer may take. */
  readonly requestTimeoutMs: number;
  /** How long the watchdog of a blocked worker gets to send evidence by itself before it is asked. */
  readonly watchdogPatienceMs: number;
  /** How long the opening of an incident about a blocked loop waits for that evidence, at most. */
  readonly openingPatienceMs: number;
  /** How long evidence is kept without a finding it belongs to. */
  readonly holdMs: number;
  /** Subjects at the same time; beyond it the one that was looked at longest ago is dropped. */
  readonly maxSubjects: number;
}

/** For long one request per operator and minute; the rest leaves slow workers room to answer. */
export const defaultDiagnosisLimits: DiagnosisLimits = {
  requestPauseMs: 60_000,
  requestTimeoutMs: 10_000,
  watchdogPatienceMs: 1000,
  openingPatienceMs: 200,
  holdMs: 30_000,
  maxSubjects: 2000,
};

/** Operators have their ids for one session of a worker. */
type WorkerSession = Pick<Finding, 'worker' | 'session'>;

interface Subject {
  readonly key: string;
  readonly worker: string;
  file: CaseFile;
  /** When the standstill was first seen; Infinity between two of them. */
  firstSeenMs: number;
  lastSeenMs: number;
  requestedAtMs: number | null;
  budget: SampleBudget;
  /** Request that is under way; empty when none is. */
  requestId: string;
  /** Newest request of the standstill whose answer has not come, however late; empty when there is none. */
  answerableId: string;
}

const notConnected = 'No sample could be asked for because the worker was not connected.';
const tooSoon =
  'The operator was sampled several times in the last minutes for earlier standstills; the next sample has to wait.';

/** Asks workers what a suspected operator is doing, and files what comes back until an incident needs it. */
export class Diagnostician {
  readonly #subjects = new Map<string, Subject>();
  readonly #byRequest = new Map<string, Subject>();
  readonly #limits: DiagnosisLimits;
  readonly #request: SampleRequester;
  readonly #newId: () => string;
  #dropped = 0;
  #unclaimed = 0;

  constructor(options: {
    readonly request: SampleRequester;
    readonly newId: () => string;
    readonly limits?: DiagnosisLimits;
  }) {
    this.#request = options.request;
    this.#newId = options.newId;
    this.#limits = options.limits ?? defaultDiagnosisLimits;
  }

  /** Subjects dropped for want of room, and answers nobody waited for, since the monitor started. */
  get counters(): { readonly dropped: number; readonly unclaimed: number } {
    return { dropped: this.#dropped, unclaimed: this.#unclaimed };
  }

  /** A finding is suspected or stands: keeps its file, and asks the worker when that is due. */
  consider(finding: Finding, nowMs: number): void {
    const subject = this.#subject(finding, nowMs);
    if (subject === undefined) return;
    subject.lastSeenMs = nowMs;
    // The worker has gone, and has sent what it knew.
    if (finding.rule === 'left-undone') return;
    const known = subject.file.evidence.some((piece) => finding.stage === 'suspected' || tells(piece));
    if (known || subject.requestId !== '') return;
    if (finding.rule === 'loop-blocked' && nowMs - subject.firstSeenMs < this.#limits.watchdogPatienceMs) return;
    const budget = takeSample(subject.budget, finding.stage, nowMs, this.#limits.requestPauseMs);
    if (budget === undefined) {
      if (subject.file.evidence.length === 0 && subject.file.missing.length === 0)
        subject.file = addMissing(subject.file, tooSoon);
      return;
    }
    const requestId = this.#newId();
    const request = create(SampleRequestSchema, { requestId, operatorId: finding.operatorId });
    if (!this.#request(finding.worker, request)) {
      subject.file = addMissing(subject.file, notConnected);
      return;
    }
    this.#byRequest.delete(subject.answerableId);
    const missing = subject.file.missing.filter((reason) => reason !== notConnected && reason !== tooSoon);
    subject.file = { ...subject.file, missing };
    subject.requestedAtMs = nowMs;
    subject.budget = budget;
    subject.requestId = requestId;
    subject.answerableId = requestId;
    this.#byRequest.set(requestId, subject);
  }

  /** Whether the worker has been asked about the subject and has not answered. */
  asks(finding: Finding): boolean {
    return (this.#subjects.get(keyOf(finding) ?? '')?.requestId ?? '') !== '';
  }

  /** The standstill goes on although nothing new can be seen of it: its file stays. */
  keep(finding: Finding, nowMs: number): void {
    const subject = this.#subjects.get(keyOf(finding) ?? '');
    if (subject !== undefined) subject.lastSeenMs = nowMs;
  }

  /** Files evidence that has arrived in a session of a worker. True: it belongs to a subject, whose file has changed. */
  take({ worker, session }: WorkerSession, evidence: WorkerEvidence, nowMs: number): boolean {
    if (evidence.requestId === '') {
      const { trigger, operatorId } = evidence;
      const key = trigger === 'loop-drained' ? drainKey({ worker, session, operatorId }) : loopKey(worker);
      const subject = this.#put(key, worker, nowMs);
      subject.file = addEvidence(subject.file, evidence);
      return true;
    }
    const subject = this.#byRequest.get(evidence.requestId);
    if (subject === undefined || subject.worker !== worker) {
      this.#unclaimed += 1;
      return false;
    }
    // More may follow, when the worker has watched for longer: it stays answerable.
    subject.requestId = '';
    subject.file = addEvidence({ ...subject.file, missing: [] }, evidence);
    return true;
  }

  /**
   * Whether to wait a moment before an incident is opened: evidence that the worker takes unasked is on its way beside the
   * report or the goodbye behind the finding, and an incident that names the line is worth that moment.
   */
  expects(finding: Finding, nowMs: number): boolean {
    if (finding.rule !== 'loop-blocked' && finding.rule !== 'left-undone') return false;
    const subject = this.#subjects.get(keyOf(finding) ?? '');
    if (subject === undefined || subject.file.evidence.length > 0) return false;
    return nowMs - subject.firstSeenMs < this.#limits.openingPatienceMs;
  }

  fileOf(finding: Finding): CaseFile {
    const key = keyOf(finding);
    return (key === undefined ? undefined : this.#subjects.get(key)?.file) ?? emptyFile;
  }

  /** The standstill is over: its evidence must not explain the next one. When it was asked stays known. */
  clear(finding: Finding): void {
    const subject = this.#subjects.get(keyOf(finding) ?? '');
    if (subject === undefined) return;
    this.#endRequest(subject);
    subject.file = emptyFile;
    subject.firstSeenMs = Number.POSITIVE_INFINITY;
  }

  /** Ends requests that took too long, and forgets what no finding has claimed for a while. */
  sweep(nowMs: number): void {
    for (const subject of this.#subjects.values()) {
      if (subject.requestId !== '' && subject.requestedAtMs !== null) {
        const waitedMs = nowMs - subject.requestedAtMs;
        if (waitedMs >= this.#limits.requestTimeoutMs) {
          // Better late than never: the answer is still taken when it comes while the standstill lasts.
          subject.requestId = '';
          const seconds = this.#limits.requestTimeoutMs / 1000;
          subject.file = addMissing(
            subject.file,
            `The worker did not answer a request for a sample within ${seconds} s.`,
          );
        }
      }
      if (nowMs - subject.lastSeenMs < this.#limits.holdMs) continue;
      if (subject.file !== emptyFile) subject.file = emptyFile;
      if (isFull(subject.budget, nowMs, this.#limits.requestPauseMs)) this.#drop(subject);
    }
  }

  #subject(finding: Finding, nowMs: number): Subject | undefined {
    const key = keyOf(finding);
    return key === undefined ? undefined : this.#put(key, finding.worker, nowMs);
  }

  #put(key: string, worker: string, nowMs: number): Subject {
    const known = this.#subjects.get(key);
    if (known !== undefined) {
      if (known.firstSeenMs > nowMs || nowMs - known.lastSeenMs >= this.#limits.holdMs) known.firstSeenMs = nowMs;
      known.lastSeenMs = nowMs;
      return known;
    }
    if (this.#subjects.size >= this.#limits.maxSubjects) {
      let oldest: Subject | undefined;
      for (const subject of this.#subjects.values()) {
        if (oldest === undefined || subject.lastSeenMs < oldest.lastSeenMs) oldest = subject;
      }
      if (oldest !== undefined) this.#drop(oldest);
      this.#dropped += 1;
    }
    const subject: Subject = {
      key,
      worker,
      file: emptyFile,
      firstSeenMs: nowMs,
      lastSeenMs: nowMs,
      requestedAtMs: null,
      budget: null,
      requestId: '',
      answerableId: '',
    };
    this.#subjects.set(key, subject);
    return subject;
  }

  #endRequest(subject: Subject): void {
    this.#byRequest.delete(subject.answerableId);
    subject.answerableId = '';
    subject.requestId = '';
  }

  #drop(subject: Subject): void {
    this.#endRequest(subject);
    this.#subjects.delete(subject.key);
  }
}

/** A worker that is gone or has failed cannot be asked, and of a lost connection a stack tells nothing. */
const unasked: ReadonlySet<Finding['rule']> = new Set(['worker-lost', 'failure', 'connection-lost'] as const);

/** Whether it says anything about what the operator does. */
function tells({ samples, callbackOutstanding, promiseOutstanding }: WorkerEvidence): boolean {
  return samples.length > 0 || callbackOutstanding || promiseOutstanding;
}

/** Findings about the same subject share a file. */
function keyOf(finding: Finding): string | undefined {
  if (finding.rule === 'loop-blocked') return loopKey(finding.worker);
  if (unasked.has(finding.rule)) return undefined;
  if (finding.rule === 'left-undone') return drainKey(finding);
  return JSON.stringify([finding.worker, finding.session, finding.operatorId]);
}

/** Apart from what was asked of the operator before: that file goes with its own standstill. */
function drainKey({ worker, session, operatorId }: WorkerSession & Pick<Finding, 'operatorId'>): string {
  return JSON.stringify([worker, session, operatorId, 'drained']);
}

function loopKey(worker: string): string {
  return JSON.stringify([worker, 'loop']);
}
