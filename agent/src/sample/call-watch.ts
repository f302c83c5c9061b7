import type { CaughtError as CaughtErrorMessage, PeerAnswers as PeerAnswersMessage } from '@streamgauge/proto';
import type { PeerAnswers } from '../connection/peer-answers.ts';
import { isOffText } from '../features.ts';
import type { KeptPromises } from './await-dump.ts';
import type { RawFrame } from './call-sites.ts';
import { type CaughtError, type ErrorWatch, watchErrors } from './error-watch.ts';
import { caughtErrorMessages, plainFile } from './frames.ts';
import { peerAnswerMessages } from './holding-messages.ts';
import { HELPER_EXPRESSION } from './main-helper.ts';
import type { MainSession } from './main-session.ts';
import { afterMoment, type Located, ownCall } from './operator-calls.ts';
import { isInside } from './operator-place.ts';
import { LOOP_ANSWER_MS, type SamplerOptions } from './sampling.ts';

/** Who tries again does so within this time, or waits so long between his attempts that they are not seen. */
const WATCHED_MS = 2000;
const LOOK_MS = 100;
/** An event loop that turns gives a sign more often. */
const SILENT_MS = 250;

/** What was learnt by watching an operator's call. */
export interface WatchedCall {
  /** As far as they are told of the call that is suspended. */
  readonly settled?: boolean;
  readonly turningFrame?: number;
  readonly caughtErrors: CaughtErrorMessage[];
  readonly peerAnswers: PeerAnswersMessage[];
  readonly missing: readonly string[];
}

/**
 * Watches whether the operator's call goes on to the next await, and when it does, which errors are caught meanwhile. An operator
 * that owes nothing and has no call that is suspended may be called once more by a client library, with the same record.
 * Undefined: the call stays where it is. Rejects as the session does.
 */
export async function watchCall(
  session: MainSession,
  options: SamplerOptions,
  { located, kept }: { readonly located: Located; readonly kept: KeptPromises | undefined },
): Promise<WatchedCall | undefined> {
  const own = ownCall(located);
  if (own === undefined && located.facts?.callbackOutstanding === true) return undefined;
  let now = located;
  if (own !== undefined && own.settled !== true) {
    now = afterMoment(located, await settling());
    if (ownCall(now)?.settled !== true) return undefined;
  }
  const { places } = located;
  const isWanted = ({ frames }: CaughtError): boolean =>
    frames.some(
      (frame) => isInside(frame, places) || own?.frames.some((outer) => isSameFunction(outer, frame)) === true,
    );
  await session.evaluate(`${HELPER_EXPRESSION}.answers?.start()`, LOOP_ANSWER_MS);
  const { errors, watchedMs, missing } = await caught();
  const answers = await session.evaluate<PeerAnswers[] | undefined>(
    `${HELPER_EXPRESSION}.answers?.stop()`,
    LOOP_ANSWER_MS,
  );
  // Further out something may have come by now, in which what came inside is only a step.
  const came = (await kept?.settled()) ?? [];
  if (came[0] === true && own?.chain[0] !== undefined) now = afterMoment(now, came);
  const { settled = false, turningFrame = 0 } = ownCall(now) ?? {};
  return {
    settled,
    turningFrame,
    caughtErrors: caughtErrorMessages(errors, watchedMs, options.agentFolder),
    peerAnswers: peerAnswerMessages(answers ?? []),
    missing: missing === undefined ? [] : [missing],
  };

  function caught(): Promise<ErrorWatch> {
    if (options.isOff?.('error-watch') === true) {
      return Promise.resolve({ errors: [], watchedMs: 0, missing: isOffText('caught errors', 'error-watch') });
    }
    return watchErrors(session, {
      nowMs: options.nowMs,
      pause: options.pause,
      durationMs: WATCHED_MS,
      isWanted,
      onStop: (stopped) => options.onStop?.(stopped),
    });
  }

  /** For each frame of the call whether what it awaited has come, as soon as that is so of the innermost one. */
  async function settling(): Promise<readonly boolean[]> {
    const startMs = options.nowMs();
    while (kept !== undefined && options.nowMs() - startMs < WATCHED_MS) {
      await options.pause(LOOK_MS);
      // Nothing comes while the event loop stands, and whoever looks why is not to be disturbed.
      if (options.loop().silentMs > SILENT_MS) continue;
      if (await kept.innermostSettled()) return kept.settled();
    }
    return [];
  }
}

/** The stack of an error names the class as well, that of a suspended call does not. */
function isSameFunction([name, file]: RawFrame, [otherName, otherFile]: RawFrame): boolean {
  if (name === '' || file.startsWith('node:') || plainFile(file) !== plainFile(otherFile)) return false;
  return ownName(name) === ownName(otherName);
}

function ownName(name: string): string {
  return name.slice(name.lastIndexOf('.') + 1);
}
