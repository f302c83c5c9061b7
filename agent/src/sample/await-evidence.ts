import { LIMITS, SampleKind } from '@streamgauge/proto';
import type { PoolFacts } from '../pool/pool-facts.ts';
import type { SourceLocation } from '../thread/messages.ts';
import { dumpAwaits } from './await-dump.ts';
import type { AwaitGroup } from './await-groups.ts';
import { type AwaitSources, createAwaitSources } from './await-sources.ts';
import type { RawFrame } from './call-sites.ts';
import { frameMessages, locationMessage, plainFile, type StackGroup, sampleMessages } from './frames.ts';
import { generatorFrame, hiddenFrames, onlyAwait } from './hidden-await.ts';
import { holdingMessages } from './holding-messages.ts';
import type { Holdings } from './holdings.ts';
import { HELPER_EXPRESSION } from './main-helper.ts';
import type { MainSession } from './main-session.ts';
import { type FunctionPlace, findOperator, isInside, type OperatorFacts } from './operator-place.ts';
import { type EvidenceInit, NO_INSPECTOR, type SamplerOptions } from './sampling.ts';
import { createSourceReader } from './source-files.ts';

/** A loop that is alive answers at once; one that is busy may take its time. */
const ANSWER_MS = 1000;
/** How long sources are read, how long at once by the thread that is also the clock, and of how many suspended calls. */
const SOURCES_MS = 300;
const SOURCES_SLICE_MS = 20;
const MAX_READ = 20;
/** What comes as soon as this is no answer that is missing: its call goes from one wait to the next. */
const SETTLES_WITHIN_MS = 50;

/** Stacks of what waits, those of the operator first, and whether the operator owes a callback. Rejects as the session does. */
export async function takeAwaits(options: SamplerOptions, operatorId: number): Promise<EvidenceInit> {
  const session = await options.openSession();
  if (session === undefined) return { missing: [NO_INSPECTOR] };
  try {
    const takenUnixMs = options.unixMs();
    let located: Located | undefined;
    const dump = await dumpAwaits(session, {
      onStop: (stopped) => options.onStop?.(stopped),
      meanwhile: async ({ groups }, isPending) => {
        located = await locate(groups);
        const [first] = located.ordered;
        if (first?.own !== true || first.example === undefined) return;
        await options.pause(SETTLES_WITHIN_MS);
        const settled = !(await isPending(first.example));
        located = { ...located, ordered: [{ ...first, settled }, ...located.ordered.slice(1)] };
      },
    });
    located ??= await locate([]);
    const missing = 'missing' in dump ? [dump.missing] : [];
    if ('stacks' in dump && dump.stacks.walked < dump.stacks.promises) {
      missing.push(`await stacks: only ${dump.stacks.walked} of ${dump.stacks.promises} promises were looked at`);
    }
    const { facts } = located;
    if (operatorId !== 0 && facts === undefined) missing.push('operator: it has ended, or was never there');
    const [place] = facts?.places ?? [];
    if (place !== undefined) options.onLocated(operatorId, place.location);
    const resources = await session.evaluate<string[] | undefined>(`${HELPER_EXPRESSION}.resources()`, ANSWER_MS);
    const holdings = await session.evaluate<Holdings | undefined>(`${HELPER_EXPRESSION}.holdings()`, ANSWER_MS);
    if ('missing' in dump) missing.push('await stacks: only what the source of the operator shows is told');
    const groups = await withSources(session, operatorId, located, holdings?.pools ?? [], options);
    const samples = sampleMessages(SampleKind.AWAIT, groups, takenUnixMs, options.agentFolder);
    if ('stacks' in dump && samples.length === 0) missing.push('await stacks: no asynchronous function is suspended');
    const heldMs = options.heldMs?.(operatorId) ?? 0;
    return {
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
  } finally {
    session.close();
  }

  async function locate(groups: readonly AwaitGroup[]): Promise<Located> {
    const callSite = options.suspects().find(({ id }) => id === operatorId)?.location;
    const files = groups.flatMap(({ frames }) => frames.map(fileOf));
    if (callSite !== undefined) files.unshift(callSite.file);
    const search = { files, thorough: true, timeoutMs: ANSWER_MS, nowMs: options.nowMs };
    const facts = operatorId === 0 ? undefined : await findOperator(session as MainSession, operatorId, search);
    const sources = createAwaitSources(createSourceReader(options.nowMs, SOURCES_MS), options.agentFolder);
    const found = facts?.places ?? [];
    const places = [...found, ...found.flatMap((place) => sources.givenOn(place) ?? [])];
    const ordered = operatorsFirst(groups, places, callSite).map((group) => ({
      ...group,
      own: group.frames.some((frame) => isInside(frame, places)),
    }));
    return { facts, places, ordered, sources };
  }
}

/** The operator that evidence is taken for, and the suspended calls with its own first. */
interface Located {
  readonly facts: OperatorFacts | undefined;
  /** Its functions, and those whose promises they give on as their own. */
  readonly places: readonly FunctionPlace[];
  readonly ordered: readonly KnownGroup[];
  readonly sources: AwaitSources;
}

/** `example` is absent where no stack was seen. */
type KnownGroup = StackGroup & { readonly example?: number };

/**
 * The suspended calls that are told of, with what their sources say. An operator that waits and is not among them, because it is not
 * alone in waiting or nobody can settle what it waits for, is put before them where its source leaves only one place.
 */
async function withSources(
  session: MainSession,
  operatorId: number,
  { facts, places, ordered, sources }: Located,
  pools: readonly PoolFacts[],
  { nowMs, pause }: SamplerOptions,
): Promise<KnownGroup[]> {
  const groups = ordered.slice(0, LIMITS.SAMPLES_PER_EVIDENCE);
  const dueMs = nowMs() + SOURCES_MS;
  if (facts?.promiseOutstanding === true && !groups.some(({ own }) => own)) {
    const hidden =
      (await generatorFrame(session, operatorId, facts, ANSWER_MS)) ??
      onlyAwait(
        places.flatMap((place) => sources.awaitsOf(place)),
        pools,
      );
    const isSeen = (place: FunctionPlace) => groups.some(({ frames }) => frames.some((one) => isInside(one, [place])));
    const frames = hidden === undefined ? [] : hiddenFrames(hidden, sources, pools, isSeen);
    if (frames.length > 0) groups.unshift({ count: 1, frames, own: true, deduced: true });
  }
  const known: KnownGroup[] = [];
  let sliceMs = nowMs();
  for (const group of groups) {
    if (nowMs() - sliceMs > SOURCES_SLICE_MS) {
      await pause(0);
      sliceMs = nowMs();
    }
    if (known.length >= MAX_READ || nowMs() >= dueMs) {
      known.push(group);
      continue;
    }
    const task = sources.taskOf(group, groups);
    known.push({
      ...group,
      awaited: sources.awaitedBy(group),
      task: task === undefined ? undefined : groups.indexOf(task),
    });
  }
  return known;
}

const fileOf = (frame: RawFrame): string => frame[1];

const rawFrameOf = ({ function: name, file, line, column }: SourceLocation): RawFrame => [name, file, line, column];

/**
 * Stacks that pass through the operator's functions, then those of the same file, then others of somebody's code, then the
 * runtime's own; each in its old order.
 */
export function operatorsFirst<Group extends StackGroup>(
  groups: readonly Group[],
  places: readonly FunctionPlace[],
  callSite: SourceLocation | undefined,
): Group[] {
  const own = new Set(places.map(({ location }) => location.file));
  if (callSite !== undefined) own.add(plainFile(callSite.file));
  const rank = ({ frames }: StackGroup): number => {
    if (frames.some((frame) => isInside(frame, places))) return 0;
    if (frames.some((frame) => own.has(plainFile(fileOf(frame))))) return 1;
    return frames.some((frame) => fileOf(frame) !== '' && !fileOf(frame).startsWith('node:')) ? 2 : 3;
  };
  return groups
    .map((group) => ({ group, rank: rank(group) }))
    .sort((left, right) => left.rank - right.rank)
    .map(({ group }) => group);
}
