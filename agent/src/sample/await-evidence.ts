import { LIMITS, type Sample, SampleKind } from '@streamgauge/proto';
import type { SourceLocation } from '../thread/messages.ts';
import { dumpAwaits, type KeptPromises } from './await-dump.ts';
import type { RawFrame } from './call-sites.ts';
import { withSources } from './call-sources.ts';
import { watchCall } from './call-watch.ts';
import { frameMessages, locationMessage, type StackGroup, sampleMessages } from './frames.ts';
import { holdingMessages } from './holding-messages.ts';
import type { Holdings } from './holdings.ts';
import { HELPER_EXPRESSION } from './main-helper.ts';
import { afterMoment, type Located, locateCalls, ownCall, withYoung } from './operator-calls.ts';
import { type EvidenceInit, LOOP_ANSWER_MS, NO_INSPECTOR, type SamplerOptions } from './sampling.ts';
import { startYoung, stopYoung } from './young-promises.ts';

/** What comes as soon as this is no answer that is missing: its call goes from one wait to the next. */
const SETTLES_WITHIN_MS = 50;

/** Evidence, and what may be learnt by watching for longer. */
export interface AwaitsTaken {
  readonly evidence: EvidenceInit;
  /** Undefined: nothing is left to be watched. */
  readonly follow?: Follow;
}

/** What holds a session until one of both is called. */
export interface Follow {
  /** Watches, and gives the evidence with what it has learnt. Undefined: nothing. */
  watch(): Promise<EvidenceInit | undefined>;
  /** Nobody wants to know. */
  drop(): void;
}

/** Stacks of what waits, those of the operator first, and whether the operator owes a callback. Rejects as the session does. */
export async function takeAwaits(options: SamplerOptions, operatorId: number): Promise<AwaitsTaken> {
  const session = await options.openSession();
  if (session === undefined) return { evidence: { missing: [NO_INSPECTOR] } };
  let goesOn = false;
  try {
    const takenUnixMs = options.unixMs();
    let located: Located | undefined;
    let kept: KeptPromises | undefined;
    // What is awaited when the search begins may have come when it is over.
    await startYoung(session);
    const dump = await dumpAwaits(session, {
      onStop: (stopped) => options.onStop?.(stopped),
      meanwhile: async ({ groups }, keep) => {
        located = await locateCalls(session, options, operatorId, groups);
        kept = await keep(ownCall(located)?.chain ?? []);
        await options.pause(SETTLES_WITHIN_MS);
        located = withYoung(located, await stopYoung(session));
        if (ownCall(located)?.settled !== true) located = afterMoment(located, await kept.settled());
      },
    });
    located ??= withYoung(await locateCalls(session, options, operatorId, []), await stopYoung(session));
    const missing = 'missing' in dump ? [dump.missing] : [];
    if ('stacks' in dump && dump.stacks.walked < dump.stacks.promises) {
      missing.push(`await stacks: only ${dump.stacks.walked} of ${dump.stacks.promises} promises were looked at`);
    }
    const { facts } = located;
    if (operatorId !== 0 && facts === undefined) missing.push('operator: it has ended, or was never there');
    const [place] = facts?.places ?? [];
    if (place !== undefined) options.onLocated(operatorId, place.location);
    const resources = await session.evaluate<string[] | undefined>(`${HELPER_EXPRESSION}.resources()`, LOOP_ANSWER_MS);
    const holdings = await session.evaluate<Holdings | undefined>(`${HELPER_EXPRESSION}.holdings()`, LOOP_ANSWER_MS);
    if ('missing' in dump) missing.push('await stacks: only what the source of the operator shows is told');
    const groups = await withSources(session, operatorId, located, holdings?.pools ?? [], options);
    const samplesOf = (told: readonly StackGroup[]): Sample[] =>
      sampleMessages(SampleKind.AWAIT, told, takenUnixMs, options.agentFolder);
    const samples = samplesOf(groups);
    if ('stacks' in dump && samples.length === 0) missing.push('await stacks: no asynchronous function is suspended');
    const heldMs = options.heldMs?.(operatorId) ?? 0;
    const evidence = {
      samples,
      missing,
      resources: resources ?? [],
      heldNano: BigInt(Math.round(heldMs * 1e6)),
      ...(holdings === undefined ? {} : { connectionsKnown: true, ...holdingMessages(holdings) }),
      callbackOutstanding: facts?.callbackOutstanding ?? false,
      promiseOutstanding: facts?.promiseOutstanding ?? false,
      // Known only now: the search of the heap has collected what nobody holds.
      promiseAbandoned: facts?.promise === 'abandoned',
      letGo: facts?.letGo ?? false,
      repeats: facts?.repeats ?? 0,
      failureFrames: frameMessages((facts?.failureFrames ?? []).map(rawFrameOf), options.agentFolder).slice(
        0,
        LIMITS.FRAMES_PER_STACK,
      ),
      unreadOutput: (facts?.unread ?? '').slice(0, LIMITS.NAME_CHARACTERS),
      ...(place === undefined ? {} : { operatorLocation: locationMessage(place.location) }),
    };
    if (facts === undefined || ('missing' in dump && ownCall(located)?.settled !== true)) return { evidence };
    goesOn = true;
    const seen = { located, kept };
    const watch = async (): Promise<EvidenceInit | undefined> => {
      try {
        const watched = await watchCall(session, options, seen);
        if (watched === undefined) return undefined;
        const { settled = false, turningFrame = 0, caughtErrors, peerAnswers } = watched;
        const own = ownCall(seen.located);
        const now = groups.map((group) => (group.frames === own?.frames ? { ...group, settled, turningFrame } : group));
        return {
          ...evidence,
          samples: samplesOf(now),
          caughtErrors,
          peerAnswers,
          missing: [...missing, ...watched.missing],
        };
      } finally {
        session.close();
      }
    };
    return { evidence, follow: { watch, drop: () => session.close() } };
  } finally {
    if (!goesOn) session.close();
  }
}

const rawFrameOf = ({ function: name, file, line, column }: SourceLocation): RawFrame => [name, file, line, column];
