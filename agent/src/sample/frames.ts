import { fileURLToPath } from 'node:url';
import {
  type Awaited,
  AwaitedSchema,
  type CaughtError as CaughtErrorMessage,
  CaughtErrorSchema,
  create,
  type Frame,
  FrameOrigin,
  FrameSchema,
  LIMITS,
  type Location,
  LocationSchema,
  type Sample,
  type SampleKind,
  SampleSchema,
} from '@streamgauge/proto';
import type { AwaitedCall } from '../source/awaited-call.ts';
import type { SourceLocation } from '../thread/messages.ts';
import type { RawFrame } from './call-sites.ts';
import type { CaughtError } from './error-watch.ts';
import { liesOutside } from './linked-packages.ts';
import { type SourceMaps, sourceMaps } from './source-maps.ts';

/** The loader that Yarn writes beside the project; what it loads lies in archives below a `node_modules` of their own. */
const YARN_OWN = /[\\/]\.pnp\.(?:cjs|loader\.mjs)$/;
/** Names so short are made by a minifier. */
const MINIFIED = /^(?:.*\.)?\w{1,2}$/;
/** No file begins with it. */
const NO_FOLDER = '\0';

/** A stack as it was captured, and how many equal ones there were. */
export interface StackGroup {
  readonly count: number;
  readonly frames: readonly RawFrame[];
  /** What was waited for came a moment later. */
  readonly settled?: boolean;
  /** It passes through a function of the operator that evidence is taken for. */
  readonly own?: boolean;
  /** By its source, the operator's function calls the one at its outer end, and no other that is suspended. */
  readonly called?: boolean;
  /** No stack was seen: the operator's function can be suspended nowhere else. */
  readonly deduced?: boolean;
  /** What its innermost call awaits, as its source says. */
  readonly awaited?: AwaitedCall | undefined;
  /** The suspended call that this was made with, by its place among the groups. */
  readonly task?: number | undefined;
  /** Number of the outermost frame whose awaited promise came, counted from 1 at the innermost one; 0: none. */
  readonly turningFrame?: number;
}

/**
 * A path where there is one, else the URL as the runtime names it. Query and fragment are cut: modules loaded twice carry
 * them, and they may hold anything.
 */
export function plainFile(file: string): string {
  const plain = /^(file|https?):/.test(file) ? file.replace(/[?#].*$/s, '') : file;
  if (!plain.startsWith('file:')) return plain.startsWith('data:') ? 'data:' : plain;
  try {
    return fileURLToPath(plain);
  } catch {
    return plain;
  }
}

/** Whose code a file is. `agentFolder` ends with a separator. */
export function originOf(file: string, agentFolder: string): FrameOrigin {
  if (file === '') return FrameOrigin.NATIVE;
  if (file.startsWith('node:')) return FrameOrigin.NODE;
  if (file.startsWith(agentFolder)) return FrameOrigin.AGENT;
  if (YARN_OWN.test(file)) return FrameOrigin.DEPENDENCY;
  if (/[\\/]node_modules[\\/]/.test(file)) return liesOutside(file) ? FrameOrigin.USER : FrameOrigin.DEPENDENCY;
  return FrameOrigin.USER;
}

/**
 * The frames of a stack on the wire, without what the agent itself has put on its top. Those of the user's code are told as the
 * source they were made from, and are a package's when that source is: bundles hold packages.
 */
export function frameMessages(
  frames: readonly RawFrame[],
  agentFolder: string,
  maps: SourceMaps = sourceMaps,
): Frame[] {
  const messages = frames.map((frame, index) => frameMessage(frame, frames[index + 1], agentFolder, maps));
  const first = messages.findIndex((frame) => frame.origin !== FrameOrigin.AGENT);
  return first < 0 ? [] : messages.slice(first);
}

function frameMessage(
  [name, rawFile, line, column]: RawFrame,
  caller: RawFrame | undefined,
  agentFolder: string,
  maps: SourceMaps,
): Frame {
  const file = plainFile(rawFile);
  const origin = originOf(file, agentFolder);
  const original = origin === FrameOrigin.USER ? maps.originalOf(file, line, column) : undefined;
  const place = original ?? { file, line, column };
  return create(FrameSchema, {
    function: (original === undefined ? name : originalName(name, rawFile, caller, maps)).slice(
      0,
      LIMITS.NAME_CHARACTERS,
    ),
    file: place.file.slice(-LIMITS.FILE_CHARACTERS),
    line: Math.max(0, place.line),
    column: Math.max(0, place.column),
    origin: original === undefined ? origin : originOf(original.file, agentFolder),
  });
}

/** The map names the function where its caller calls it; V8 knows the name that a minifier has given to it. */
function originalName(name: string, rawFile: string, caller: RawFrame | undefined, maps: SourceMaps): string {
  if (caller === undefined || caller[1] !== rawFile || !MINIFIED.test(name)) return name;
  return maps.originalOf(plainFile(rawFile), caller[2], caller[3])?.name || name;
}

/**
 * Frames of a stack taken through the inspector. Its outermost call, the expression itself, is the frame nearest to us: it
 * has neither name nor file. Nothing is left when the event loop was idle.
 */
export function withoutExpression(frames: readonly RawFrame[]): readonly RawFrame[] {
  const [first] = frames;
  return first !== undefined && first[0] === '' && first[1] === '' ? frames.slice(1) : frames;
}

/** Equal stacks put together, most frequent first. */
export function groupStacks(stacks: readonly (readonly RawFrame[])[]): StackGroup[] {
  const groups = new Map<string, { count: number; frames: readonly RawFrame[] }>();
  for (const frames of stacks) {
    const key = JSON.stringify(frames);
    const group = groups.get(key);
    if (group === undefined) groups.set(key, { count: 1, frames });
    else group.count += 1;
  }
  return [...groups.values()].sort((left, right) => right.count - left.count);
}

/** Samples on the wire; groups that hold nothing but the agent's own frames are left out. */
export function sampleMessages(
  kind: SampleKind,
  groups: readonly StackGroup[],
  takenUnixMs: number,
  agentFolder: string,
): Sample[] {
  const takenUnixNano = BigInt(Math.round(takenUnixMs)) * 1_000_000n;
  const told = groups
    .map((group, place) => ({
      group,
      place,
      frames: frameMessages(group.frames, agentFolder).slice(0, LIMITS.FRAMES_PER_STACK),
    }))
    .filter(({ frames }) => frames.some((frame) => frame.origin !== FrameOrigin.AGENT));
  const places = new Map(told.map(({ place }, index) => [place, index + 1]));
  return told.map(
    ({
      group: {
        count,
        settled = false,
        own = false,
        called = false,
        deduced = false,
        turningFrame = 0,
        awaited,
        task = -1,
      },
      frames,
    }) =>
      create(SampleSchema, {
        kind,
        takenUnixNano,
        count,
        settled,
        turningFrame,
        own,
        called,
        deduced,
        frames,
        task: places.get(task) ?? 0,
        ...(awaited === undefined ? {} : { awaited: awaitedMessage(awaited) }),
      }),
  );
}

/** What is awaited, on the wire. */
function awaitedMessage({ callee, module, givenFunctions }: AwaitedCall): Awaited {
  return create(AwaitedSchema, {
    callee: callee.slice(0, LIMITS.NAME_CHARACTERS),
    module: module.slice(0, LIMITS.NAME_CHARACTERS),
    givenFunctions,
  });
}

/** Caught errors on the wire. */
export function caughtErrorMessages(
  errors: readonly CaughtError[],
  watchedMs: number,
  agentFolder: string,
): CaughtErrorMessage[] {
  return errors.map(({ name, code, status, count, frames }) =>
    create(CaughtErrorSchema, {
      name: name.slice(0, LIMITS.NAME_CHARACTERS),
      code: code.slice(0, LIMITS.TOKEN_CHARACTERS),
      status,
      count,
      watchedNano: BigInt(Math.round(watchedMs * 1e6)),
      frames: frameMessages(frames, agentFolder).slice(0, LIMITS.FRAMES_PER_STACK),
    }),
  );
}

/** A place in source code on the wire; one in the user's code as that of the source it was made from. */
export function locationMessage(location: SourceLocation, maps: SourceMaps = sourceMaps): Location {
  const file = plainFile(location.file);
  const own = originOf(file, NO_FOLDER) === FrameOrigin.USER;
  const place = (own ? maps.originalOf(file, location.line, location.column) : undefined) ?? { ...location, file };
  return create(LocationSchema, {
    function: location.function.slice(0, LIMITS.NAME_CHARACTERS),
    file: place.file.slice(-LIMITS.FILE_CHARACTERS),
    line: place.line,
    column: place.column,
  });
}
