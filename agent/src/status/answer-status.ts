import {
  create,
  LIMITS,
  type StatusAnswer,
  StatusAnswerSchema,
  type StatusRequest,
  type StatusSection,
  StatusSectionSchema,
} from '@streamgauge/proto';
import { nanoseconds } from '../thread/nanoseconds.ts';
import type { MainThreadDesk } from './ask-main.ts';
import { GARBAGE_MS } from './garbage-time.ts';
import type { Section, StatusFacts } from './section.ts';
import { SECTIONS } from './sections.ts';

/** How long the main thread has to come to its event loop; one that is blocked is not waited for. */
const MAIN_MS = 300;
/** Requests that are answered in any second; each takes about a millisecond of this thread. */
const MAX_PER_SECOND = 20;

/** Why nothing was told; never given a second meaning. */
export const StatusErrorCode = { BUSY: 'SG_AGENT_STATUS_BUSY', FAILED: 'SG_AGENT_STATUS_FAILED' } as const;

/** What answering needs to know and to do outside of itself. */
export interface StatusAnswererOptions {
  /** Everything but what the main thread tells. */
  readonly facts: () => Omit<StatusFacts, 'main'>;
  readonly main: Pick<MainThreadDesk, 'ask'>;
  /** False: it cannot be sent as it is. */
  readonly send: (answer: StatusAnswer) => boolean;
  readonly nowMs: () => number;
  /** Default: all there are. */
  readonly sections?: readonly Section[];
}

/** Answers requests for the status of the worker. */
export interface StatusAnswerer {
  /** Answers a request with exactly one answer, whatever happens. Never throws or rejects. */
  answer(request: StatusRequest): Promise<void>;
}

/** One that has answered nothing yet. */
export function createStatusAnswerer(options: StatusAnswererOptions): StatusAnswerer {
  const { send, nowMs, sections: known = SECTIONS } = options;
  let secondMs = Number.NEGATIVE_INFINITY;
  let inSecond = 0;

  return {
    async answer(request) {
      // A worker trusts its monitor no further than its own limits.
      const requestId = request.requestId.slice(0, LIMITS.TOKEN_CHARACTERS);
      let answer: StatusAnswer;
      try {
        answer = hasRoom()
          ? await take(request.sections.slice(0, LIMITS.STATUS_SECTIONS), requestId)
          : refusal(
              requestId,
              StatusErrorCode.BUSY,
              `More than ${MAX_PER_SECOND} requests came in a second; ask again later.`,
            );
      } catch (error) {
        answer = refusal(requestId, StatusErrorCode.FAILED, reasonOf(error));
      }
      try {
        if (!send(answer)) send(refusal(requestId, StatusErrorCode.FAILED, 'The answer cannot be sent.'));
      } catch {
        // The connection is gone, and with it whoever asked.
      }
    },
  };

  function hasRoom(): boolean {
    if (nowMs() - secondMs >= 1000) {
      secondMs = nowMs();
      inSecond = 0;
    }
    inSecond += 1;
    return inSecond <= MAX_PER_SECOND;
  }

  async function take(names: readonly string[], requestId: string): Promise<StatusAnswer> {
    const wanted = names.length === 0 ? known : known.filter(({ name }) => names.includes(name));
    const missing = names
      .filter((name) => !known.some((section) => section.name === name))
      .map((name) => `${name.slice(0, LIMITS.TOKEN_CHARACTERS)}: this worker knows no such section`);
    const ofMain = wanted.some((section) => section.ofMain !== undefined);
    const main = ofMain ? await askMain(wanted) : undefined;
    // Asked for after the main thread was waited for: everything is of the same moment.
    const facts = { ...options.facts(), main };
    const taken: StatusSection[] = [];
    let partial = false;
    for (const section of wanted) {
      const { name, version } = section;
      try {
        taken.push(create(StatusSectionSchema, { name, version, body: section.body(facts) }));
      } catch (error) {
        missing.push(`${name}: ${reasonOf(error)}`);
        continue;
      }
      if (section.ofMain === undefined || main !== undefined) continue;
      partial = true;
      missing.push(`${name}: ${section.ofMain}, because ${silenceOf(facts)}`);
    }
    return create(StatusAnswerSchema, {
      requestId,
      takenUnixNano: nanoseconds(facts.unixMs),
      sections: taken,
      partial,
      missing: missing.slice(0, LIMITS.MISSING_PER_STATUS),
    });
  }

  async function askMain(wanted: readonly Section[]): Promise<StatusFacts['main']> {
    if (options.facts().loop.blockedMs > 0) return undefined;
    const garbage = wanted.some(({ name }) => name === 'gc');
    return options.main.ask(garbage, MAIN_MS + (garbage ? GARBAGE_MS : 0));
  }
}

function silenceOf({ loop }: StatusFacts): string {
  if (loop.debuggerPaused) return 'a debugger has paused the main thread';
  return loop.blockedMs > 0
    ? `the main thread has been blocked for ${Math.round(loop.blockedMs)} ms`
    : 'the main thread has not come to its event loop in time';
}

function refusal(requestId: string, errorCode: string, errorMessage: string): StatusAnswer {
  return create(StatusAnswerSchema, { requestId, errorCode, errorMessage });
}

function reasonOf(error: unknown): string {
  const text = error instanceof Error ? error.message : 'unknown fault';
  return text.slice(0, LIMITS.SENTENCE_CHARACTERS);
}
