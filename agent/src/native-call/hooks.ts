import childProcess from 'node:child_process';
import crypto from 'node:crypto';
import fs from 'node:fs';
import zlib from 'node:zlib';
import type { Board } from '../board/board.ts';
import { Clock, Control } from '../board/layout.ts';
import { noteStack, type RawFrame, rawFrame, sitesOf, withOwnStacks } from '../sample/call-sites.ts';
import type { Method } from '../stream/internals.ts';
import type { Patches } from '../stream/patch.ts';
import type { ToThread } from '../thread/messages.ts';
import { CALL_BITS, FOLLOWED_CALLS, type FollowedCall, MAX_STACKS } from './followed-calls.ts';

/** What is needed of the thread whose calls are followed. */
export interface NativeCallOptions {
  readonly board: Board;
  readonly post: (message: ToThread) => void;
  readonly onError: (error: unknown) => void;
}

const MODULES: Readonly<Record<FollowedCall['module'], object>> = { child_process: childProcess, crypto, fs, zlib };
/** A call that may be short is looked at so often. */
const LOOK_PAUSE_MS = 1000;
/** How much of a stack is noted. */
const DEPTH = 24;

/**
 * Shows on the board which long synchronous call of the runtime the thread is inside of, because nobody can ask it for a stack before
 * the call returns, and some never do. A call that is long in any case is noted with its stack; of the others one in a second is, so
 * that it is known from where they are called. All others cost a few nanoseconds.
 */
export function hookNativeCalls(patches: Patches, options: NativeCallOptions): void {
  const stacks = new Map<string, number>();
  FOLLOWED_CALLS.forEach((call, index) => {
    const owner = MODULES[call.module] as Record<string, unknown>;
    patches.method(owner, call.name, (original) => follow(original, call, index + 1, options, stacks));
  });
}

function follow(
  original: Method,
  { isLong }: FollowedCall,
  number: number,
  options: NativeCallOptions,
  stacks: Map<string, number>,
): Method {
  const { control, clock } = options.board;
  let nextLookMs = 0;
  const followed = function (this: unknown, ...given: unknown[]): unknown {
    let shown = number;
    const nowMs = clock[Clock.NOW_MS] as number;
    if (nowMs >= nextLookMs || isLong?.(given) === true) {
      nextLookMs = nowMs + LOOK_PAUSE_MS;
      shown += note(followed, number, options, stacks) << CALL_BITS;
    }
    const outer = control[Control.NATIVE_CALL] as number;
    control[Control.NATIVE_CALL] = shown;
    try {
      return original.apply(this, given);
    } finally {
      control[Control.NATIVE_CALL] = outer;
    }
  };
  return followed;
}

/** The number of the stack of a call; 0: there is none, or no room for one more. */
function note(below: Method, call: number, { post, onError }: NativeCallOptions, stacks: Map<string, number>): number {
  try {
    const frames = withOwnStacks(DEPTH, () => sitesOf(noteStack(below)).map(rawFrame));
    if (frames === undefined || frames.length === 0) return 0;
    const key = `${call} ${frames.map(keyOf).join()}`;
    const known = stacks.get(key);
    if (known !== undefined || stacks.size >= MAX_STACKS) return known ?? 0;
    const stack = stacks.size + 1;
    stacks.set(key, stack);
    post({ type: 'native-call', call, stack, frames });
    return stack;
  } catch (error) {
    onError(error);
    return 0;
  }
}

function keyOf([name, file, line, column]: RawFrame): string {
  return `${name}@${file}:${line}:${column}`;
}
