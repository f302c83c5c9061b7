import { fileURLToPath } from 'node:url';
import { FrameOrigin } from '@streamgauge/proto';
import type { RawFrame } from '../sample/call-sites.ts';
import { frameMessages, groupStacks, type StackGroup } from '../sample/frames.ts';

/** A frame in the words of an incident's evidence. Lines and columns count from 1, 0 is unknown. */
export interface PlainFrame {
  readonly function: string;
  readonly file: string;
  readonly line: number;
  readonly column: number;
  readonly origin: 'user' | 'dependency' | 'node' | 'agent' | 'native';
}

/** Equal stacks, innermost frame first. */
export interface PlainStack {
  readonly count: number;
  readonly frames: readonly PlainFrame[];
}

const AGENT_FOLDER = fileURLToPath(new URL('../', import.meta.url));

const ORIGINS: Readonly<Record<FrameOrigin, PlainFrame['origin']>> = {
  [FrameOrigin.UNSPECIFIED]: 'native',
  [FrameOrigin.USER]: 'user',
  [FrameOrigin.DEPENDENCY]: 'dependency',
  [FrameOrigin.NODE]: 'node',
  [FrameOrigin.AGENT]: 'agent',
  [FrameOrigin.NATIVE]: 'native',
};

/** Equal stacks put together, most frequent first, those of somebody's code before those of the runtime's own. */
export function plainStacks(stacks: readonly (readonly RawFrame[])[]): PlainStack[] {
  return plainGroups(groupStacks(stacks));
}

/** The same for groups that were made already. */
export function plainGroups(groups: readonly StackGroup[]): PlainStack[] {
  const plain = groups
    .map(({ count, frames }) => ({ count, frames: frameMessages(frames, AGENT_FOLDER).map(plainFrame) }))
    .filter(({ frames }) => frames.some(({ origin }) => origin !== 'agent'));
  return [...plain.filter(namesCode), ...plain.filter((stack) => !namesCode(stack))];
}

/** True when the stack leads to code that somebody wrote: the user's or a package's. */
export function namesCode({ frames }: PlainStack): boolean {
  return frames.some(({ origin }) => origin === 'user' || origin === 'dependency');
}

function plainFrame(frame: ReturnType<typeof frameMessages>[number]): PlainFrame {
  const { file, line, column, origin } = frame;
  return { function: frame.function, file, line, column, origin: ORIGINS[origin] };
}
