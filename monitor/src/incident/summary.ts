import type { NamedClassification } from '../classify/classification.ts';
import type { Finding } from '../detect/finding.ts';
import type { WorkerFailure } from '../model/worker-failure.ts';
import { onOneLine } from '../printable.ts';
import { durationText } from './duration-text.ts';
import type { FrameLocation } from './incident.ts';

/** Most of an error message that goes into a sentence. */
const maxMessageLength = 200;

/** Most other jobs that are named in a sentence. */
const maxJobs = 5;

/** One sentence a person can act on: who stands, since when, at which line, why, and who waits for it. */
export function summarise(
  finding: Finding,
  decided: NamedClassification,
  failure: WorkerFailure | null,
  jobs: readonly string[] = [finding.job],
): string {
  const job = jobText(finding, jobs);
  const where = `worker ${onOneLine(finding.worker)}, ${job}`;
  const held = durationText(finding.heldMs);
  switch (finding.rule) {
    case 'operator-stalled':
      return `${onOneLine(finding.operator)} (${where}) has not completed a record for ${held}${holding(finding)}: ${stallCause(decided, finding)}${waiting(finding)}.`;
    case 'connection-lost':
      if (finding.facts.givenUp === true)
        return `${onOneLine(finding.operator)} (${where}) was given up by its client library ${held} ago, which does not try again${missed(finding)}${waiting(finding)}.`;
      return `${onOneLine(finding.operator)} (${where}) has had no connection to ${broker(finding)} for ${held}${missed(finding)}${waiting(finding)}.`;
    case 'record-stuck':
      return `${onOneLine(finding.operator)} (${where}) holds ${recordName(finding) || 'one record'} for ${held} while others go on${stuckCause(decided)}${waiting(finding)}.`;
    case 'loop-blocked': {
      const who = finding.operator === '' ? 'Something outside the known operators' : onOneLine(finding.operator);
      return `${who} (${where}) has blocked the event loop for ${held}: ${blockCause(decided)}${waiting(finding)}.`;
    }
    case 'nobody-reads': {
      const place = decided.location === null ? '' : `, defined at ${placeText(decided.location)},`;
      return `Nobody reads the output of ${onOneLine(finding.operator)} (${where})${place} which has been full for ${held}${waiting(finding)}.`;
    }
    case 'left-undone':
      return `${onOneLine(finding.operator)} (${where}) was left unfinished when the event loop ran dry and the process ended${exitCode(finding)}: ${undoneCause(decided, finding)}${waited(finding)}.`;
    case 'worker-lost':
      return `Worker ${onOneLine(finding.worker)} (${job}) went away without goodbye and has not come back for ${held}.`;
    case 'failure':
      return failureSentence(`Worker ${onOneLine(finding.worker)} (${job})`, finding, decided, failure);
  }
}

/** Whose it is, and which jobs stand with it: one that runs the other jobs of a process looks for its own name. */
function jobText({ job }: Finding, jobs: readonly string[]): string {
  const others = jobs.filter((other) => other !== job);
  if (others.length === 0) return `job ${onOneLine(job)}`;
  const more = others.length > maxJobs ? ` and ${others.length - maxJobs} more` : '';
  return `job ${onOneLine(job)} and with it ${others.slice(0, maxJobs).map(onOneLine).join(', ')}${more}`;
}

function failureSentence(
  who: string,
  finding: Finding,
  decided: NamedClassification,
  failure: WorkerFailure | null,
): string {
  if (failure === null || failure.name === '') {
    const code = failure?.exitCode ?? null;
    return `${who} ended badly${code === null ? '' : ` with exit code ${code}`}, and told no error.`;
  }
  const message = onOneLine(failure.message).slice(0, maxMessageLength);
  const place = decided.location === null ? '' : ` at ${placeText(decided.location)}`;
  const operator = finding.operator === '' ? '' : ` in ${onOneLine(finding.operator)}`;
  return `${who} failed${operator}: nobody caught ${onOneLine(failure.name)}${message === '' ? '' : `: ${message}`}${place}.`;
}

/** What a failing step does, in the plural. */
const attempts: Readonly<Record<string, string>> = {
  fetch: 'fetches',
  deliver: 'deliveries',
  handle: 'calls',
  commit: 'commits',
  produce: 'sends',
};

/** The record in hand and for how long, or what waits in the broker; nothing when neither is told. */
function holding(finding: Finding): string {
  const { oldestMs, leg, pending } = finding.facts;
  const name = recordName(finding);
  if (name !== '' && typeof oldestMs === 'number') return ` and holds ${name} for ${durationText(oldestMs)}`;
  return leg === 'fetch' && typeof pending === 'number' && pending > 0 ? ` although ${pending} wait in the broker` : '';
}

function recordName({ facts }: Finding): string {
  return typeof facts.oldestKey === 'string' ? onOneLine(facts.oldestKey).slice(0, maxMessageLength) : '';
}

/** `redis-stream orders`. */
function broker({ facts }: Finding): string {
  const named = [facts.system, facts.channel].filter((name) => typeof name === 'string' && name !== '');
  return named.length === 0 ? 'its broker' : named.map((name) => onOneLine(String(name))).join(' ');
}

function missed({ facts }: Finding): string {
  const step = typeof facts.leg === 'string' ? `, so it cannot ${facts.leg}` : '';
  return facts.lastFailure === undefined ? step : `${step}; the last failure was: ${failureText(facts.lastFailure)}`;
}

function failureText(failure: number | string | boolean | undefined): string {
  return onOneLine(String(failure ?? ''))
    .slice(0, maxMessageLength)
    .replace(/\.$/, '');
}

function stuckCause({ mechanism, location }: NamedClassification): string {
  return mechanism === 'await-pending' && location !== null ? `, probably in its call at ${placeText(location)}` : '';
}

function stallCause(decided: NamedClassification, { facts }: Finding): string {
  const { mechanism, location } = decided;
  if (mechanism === 'failing') {
    const what = attempts[String(facts.leg)] ?? 'its attempts';
    return facts.lastFailure === undefined ? `${what} fail` : `${what} fail: ${failureText(facts.lastFailure)}`;
  }
  const at = location === null ? '' : ` at ${placeText(location)}`;
  if (mechanism === 'uncaught-error')
    return `its code has thrown${at}, and its client library has ended the consumer for it: ${failureText(facts.lastFailure)}`;
  if (mechanism === 'gc') return 'the collector of garbage takes the time of the main thread';
  if (inThread.has(mechanism)) return `in its worker thread ${blockCause(decided)}`;
  if (mechanism === 'await-pending') return `its call${at} awaits a promise that is not settled`;
  if (mechanism === 'livelock' && decided.classifier === 'unacknowledged')
    return `its code${at} is given the same messages again and again, and does not say that it is done with them`;
  if (mechanism === 'callback-lost' && decided.classifier === 'unacknowledged')
    return `its code${at} has returned and has not acknowledged what it was given`;
  if (mechanism === 'callback-lost') return `its code${at} was called and has not called back`;
  if (mechanism === 'unread-output') return 'what it gives out is full, and nobody reads it';
  return location === null ? 'why is not known yet' : `its code is${at}, why it stands is not known yet`;
}

/** How a worker thread stands that does not come back to its event loop: a stalled operator has no such mechanism but there. */
const inThread: ReadonlySet<string> = new Set(['loop-blocked', 'native-call', 'not-scheduled']);

function blockCause({ mechanism, location }: NamedClassification): string {
  const at = location === null ? '' : ` at ${placeText(location)}`;
  if (mechanism === 'native-call') return `it is inside a synchronous call that does not return${at}`;
  if (mechanism === 'gc') return 'the collector of garbage takes its time';
  if (mechanism === 'not-scheduled') return 'the machine does not give it processor time';
  return location === null ? 'the line is not known yet' : `it runs${at} without coming back`;
}

/** With what code the process ended, when that is a sign of trouble by itself. */
function exitCode({ facts }: Finding): string {
  return typeof facts.exitCode === 'number' && facts.exitCode !== 0 ? ` with exit code ${facts.exitCode}` : '';
}

function undoneCause({ mechanism, location }: NamedClassification, { facts }: Finding): string {
  const at = location === null ? '' : ` at ${placeText(location)}`;
  if (mechanism === 'unread-output')
    return `nobody read its output, which was full${at === '' ? '' : `; it is defined${at}`}`;
  if (mechanism === 'await-pending') return `its code${at} awaited a promise that nothing could settle any more`;
  if (mechanism === 'callback-lost') return `its code${at} was called and had not called back`;
  const held =
    typeof facts.inFlight === 'number' && facts.inFlight > 0 ? 'it held a record' : 'it had not come to its end';
  return location === null ? held : `${held}; its code is${at}`;
}

function waited({ victims }: Finding): string {
  if (victims.length === 0) return '';
  return victims.length === 1 ? '; 1 operator waited for it' : `; ${victims.length} operators waited for it`;
}

function waiting({ victims }: Finding): string {
  if (victims.length === 0) return '';
  return victims.length === 1 ? '; 1 operator waits for it' : `; ${victims.length} operators wait for it`;
}

/** `app.mjs:42 enrich()`: short enough for a sentence; the full path is in the location. */
function placeText(location: FrameLocation): string {
  const file = location.file.slice(Math.max(location.file.lastIndexOf('/'), location.file.lastIndexOf('\\')) + 1);
  const called = location.function === '' ? '' : ` ${onOneLine(location.function)}()`;
  return `${onOneLine(file)}:${location.line}${called}`;
}
